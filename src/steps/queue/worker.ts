import type { HistoryPhase } from '../../contracts/history.js';
import type { Connection } from '../../contracts/redis.js';
import { isTaken, type Taken } from './backends/backend.js';
import { bury, letterHeader } from './dead-letter.js';
import type { Desk } from './desk.js';
import { decodeMessage } from './envelope.js';
import type { HandlerError, HandlerOutcome } from './handler.js';
import type { Empty, Job } from './job.js';
import { isPassing, mayHaveHappened } from './passing.js';
import { bodyValue } from './payload.js';
import { afterFailure, type Progress, readProgress, writeProgress } from './progress.js';
import { retryDelay } from './retry.js';
import type { Doer, Held } from './work-log.js';

/** Until the next try after such an error, or after a reply was lost. */
const PAUSE_MS = 50;

/** A message that was handled well, and is still to be acknowledged. */
interface Done {
  readonly held: Held;
  /** What its handler suffered on the way. */
  readonly fault: string | undefined;
}

/** Null: it was settled otherwise; abandoned: the worker ends with the message in its hands. */
type Handled = Done | null | 'abandoned';

/** Takes messages one after the other, handles and settles them. */
export class Worker {
  #doer: Doer;
  #connection: Connection | null;
  #deaths = 0;
  #holding = 0;

  private constructor(
    private readonly job: Job,
    private readonly name: string,
    private readonly desk: Desk,
    connection: Connection | null,
  ) {
    this.#connection = connection;
    this.#doer = { name, process: job.context.history.newProcess(), connection: desk.connection.id };
  }

  static async run(name: string, job: Job, desk: Desk): Promise<void> {
    const worker = new Worker(job, name, desk, await connect(name, job));
    try {
      await worker.#work();
    } finally {
      job.activity.holding -= worker.#holding;
      await worker.#connection?.[Symbol.asyncDispose]();
    }
  }

  async #work(): Promise<void> {
    const { job } = this;
    let done: Done | null = null;
    for (let woken = false; ; ) {
      const answer: Held | Empty | null = await this.#turn(done);
      done = null;
      if (answer === null) return;
      if ('idle' in answer) {
        woken = await job.waitForMore(answer);
        if (!woken) return;
        continue;
      }
      if (woken) job.wakeNext();
      woken = false;
      const handling = this.#handle(answer);
      const handled = handling instanceof Promise ? await handling : handling;
      if (handled === 'abandoned') return;
      done = handled;
    }
  }

  /** Acknowledges what is done, and takes the next message: both are one round trip. Null where the worker is to end. */
  async #turn(done: Done | null): Promise<Held | Empty | null> {
    const { activity, context, signal, stopping } = this.job;
    for (let settling = done; ; settling = null) {
      signal.throwIfAborted();
      const consumer = stopping.aborted ? null : this.#doer.name;
      if (!settling && consumer === null) return null;
      const quiet = activity.producers === 0;
      const askedAt = context.clock.now();
      try {
        const { settled, next } = await this.desk.ask(settling?.held.taken ?? null, consumer);
        if (settling) this.#completed(settled ? 'ok' : 'fail', settling);
        if (next === null) return null;
        return isTaken(next) ? this.#receive(next, askedAt) : { idle: next, quiet };
      } catch (error) {
        if (!isPassing(error) && !signal.aborted) throw error;
        const isUnknown = mayHaveHappened(error);
        if (settling) this.#completed(isUnknown ? 'info' : 'fail', settling);
        // A pop whose reply nobody waits for any more is a write all the same.
        if (isUnknown && consumer !== null) this.#loseTrack(() => this.job.log.deliveryUnknown(this.#doer));
        signal.throwIfAborted();
        await context.clock.sleep(PAUSE_MS, signal);
      }
    }
  }

  #receive(taken: Taken, askedAt: number): Held {
    const { activity, context } = this.job;
    this.#hold(1);
    const { envelope, body } = decodeMessage(taken.payload);
    const known = envelope ?? activity.identities.recognize(body, taken.entry);
    const { id, sequence, key, enqueuedAt, deliverAt, redriveCount } = known;
    const message = { id, sequence, key, enqueuedAt, deliverAt, body: bodyValue(body), attempt: taken.deliveries };
    return { message, enveloped: envelope !== null, taken, redriveCount, askedAt, deliveredAt: context.clock.now() };
  }

  /** Gives what is to be acknowledged; null where it was settled otherwise. */
  #handle(held: Held): Handled | Promise<Handled> {
    const { log, handler, maxDeliveries, registry } = this.job;
    const { taken, message } = held;
    if (taken.deliveries > maxDeliveries) return this.#giveUp(held, 'deliveries', readProgress(taken.state));
    const fresh = taken.deliveries === 1 && held.redriveCount === 0 && message.enqueuedAt !== null;
    log.delivered(this.#doer, held, fresh ? Math.max(0, registry.wallTime() - (message.enqueuedAt ?? 0)) : null);
    const connection = this.#connection;
    const running = handler.run(message, connection, (phase) =>
      log.effect(phase, { ...this.#doer, ...(connection && { connection: connection.id }) }, held),
    );
    return running instanceof Promise
      ? running.then((outcome) => this.#conclude(held, outcome))
      : this.#conclude(held, running);
  }

  #conclude(held: Held, outcome: HandlerOutcome): Handled | Promise<Handled> {
    const { log } = this.job;
    switch (outcome.kind) {
      case 'done': {
        log.handled(held);
        const done = { held, fault: outcome.fault };
        if (!this.#keepsNothing) return done;
        this.#completed('ok', done);
        return null;
      }
      case 'failed':
        log.handled(held);
        log.failed(this.#doer, held, outcome.fault);
        return this.#fail(held, outcome.error);
      case 'crashed':
        log.crashed(this.#doer, held);
        return this.#dieAndBeReplaced();
      case 'abandoned':
        return 'abandoned';
    }
  }

  async #fail(held: Held, error: HandlerError): Promise<null> {
    const { backend, log, retry, maxDeliveries, registry, context, signal } = this.job;
    const { taken, message } = held;
    const progress = afterFailure(readProgress(taken.state), error, registry.wallTime());
    if (this.#keepsNothing || progress.attempts >= retry.attempts)
      return await this.#giveUp(held, 'attempts', progress);
    if (taken.deliveries >= maxDeliveries) return await this.#giveUp(held, 'deliveries', progress);
    const delay = retryDelay(retry, progress.attempts, () =>
      context.random.derive('jitter', message.id, progress.attempts),
    );
    const notBefore = context.clock.now() + delay;
    const putBack = backend.retry(this.desk.connection, taken, delay, writeProgress(progress), { signal });
    return await this.#settle(held, putBack, (phase) => log.retried(phase, this.#doer, held, notBefore), false);
  }

  async #giveUp(held: Held, reason: 'attempts' | 'deliveries', progress: Progress | undefined): Promise<null> {
    const { log, deadLetters, activity, signal } = this.job;
    if (deadLetters) {
      const { queue, maxDeliveries, registry } = this.job;
      const about = { queue, maxDeliveries, consumer: this.#doer.name, now: registry.wallTime() };
      const header = letterHeader(held, about, reason, progress);
      if (!held.enveloped) activity.identities.bury({ ...held.message, redriveCount: held.redriveCount });
      const move = bury(this.desk.connection, deadLetters, held.taken, header, { signal });
      return await this.#settle(held, move, (phase) =>
        log.deadLettered(phase, this.#doer, held, deadLetters.keys.queue),
      );
    }
    return await this.#settle(held, this.#acknowledge(held), (phase) => log.discarded(phase, this.#doer, held));
  }

  async #acknowledge({ taken }: Held): Promise<boolean> {
    return this.#keepsNothing || (await this.desk.ask(taken, null)).settled;
  }

  async #settle(
    held: Held,
    settling: Promise<boolean>,
    record: (phase: HistoryPhase) => void,
    final = true,
  ): Promise<null> {
    try {
      this.#settled((await settling) ? 'ok' : 'fail', held, record, final);
    } catch (error) {
      if (!isPassing(error) && !this.job.signal.aborted) throw error;
      this.#settled(mayHaveHappened(error) ? 'info' : 'fail', held, record, final);
      this.job.signal.throwIfAborted();
    }
    return null;
  }

  #completed(phase: HistoryPhase, { held, fault }: Done): void {
    this.#settled(phase, held, () => this.job.log.completed(phase, this.#doer, held, fault));
  }

  /** Records `ok`, `fail` where it is certain that nothing changed, `info` where nobody knows. */
  #settled(phase: HistoryPhase, held: Held, record: (phase: HistoryPhase) => void, final = true): void {
    if (phase === 'info') this.#loseTrack(() => record(phase));
    else record(phase);
    if (phase === 'ok' && final) this.job.activity.identities.settle(held.taken.entry);
    this.#hold(-1);
  }

  /** At most once, nothing is kept on the server that could be settled. */
  get #keepsNothing(): boolean {
    return this.job.delivery === 'at-most-once';
  }

  #hold(change: 1 | -1): void {
    this.#holding += change;
    this.job.activity.moves++;
    this.job.activity.holding += change;
  }

  /** A process that does not know what it did goes on under a new number. */
  #loseTrack(record: () => void): void {
    record();
    this.#doer = { ...this.#doer, process: this.job.context.history.newProcess() };
  }

  async #dieAndBeReplaced(): Promise<null> {
    this.#connection?.destroy();
    this.#hold(-1);
    this.#deaths++;
    const name = `${this.name}+${this.#deaths}`;
    this.#connection = await connect(name, this.job);
    this.#doer = { ...this.#doer, name, process: this.job.context.history.newProcess() };
    return null;
  }
}

/** For what its handler does on the server, where it does anything. */
const connect = async (name: string, { handler, context }: Job): Promise<Connection | null> =>
  handler.hasEffect ? await context.connections.dedicated(name) : null;
