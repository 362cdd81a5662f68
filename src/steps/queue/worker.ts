import type { HistoryPhase } from '../../contracts/history.js';
import type { Connection } from '../../contracts/redis.js';
import { OutcomeUnknown, ReplyError } from '../../errors.js';
import { isTaken, type Taken } from './backends/backend.js';
import { bury, type LetterHeader } from './dead-letter.js';
import type { Desk } from './desk.js';
import { decodeMessage } from './envelope.js';
import type { HandlerError } from './handler.js';
import type { Empty, Job } from './job.js';
import { bodyValue } from './payload.js';
import { afterFailure, type Progress, readProgress, writeProgress } from './progress.js';
import { retryDelay } from './retry.js';
import type { Doer, Held } from './work-log.js';

/** Error replies of a server that will serve again: it loads, fails over, or has no room. */
const PASSING = new Set(['LOADING', 'READONLY', 'MASTERDOWN', 'CLUSTERDOWN', 'TRYAGAIN', 'BUSY', 'NOREPLICAS', 'OOM']);

/** Until the next try after such an error, or after a reply was lost. */
const PAUSE_MS = 50;

type Settling = () => Promise<void>;

/** Takes messages one after the other, handles and settles them. */
export class Worker {
  #doer: Doer;
  #connection: Connection;
  #deaths = 0;
  #holding = 0;

  private constructor(
    private readonly job: Job,
    private readonly name: string,
    private readonly desk: Desk,
    connection: Connection,
  ) {
    this.#connection = connection;
    this.#doer = { name, process: job.context.history.newProcess(), connection: desk.connection.id };
  }

  static async run(name: string, job: Job, desk: Desk): Promise<void> {
    const worker = new Worker(job, name, desk, await job.context.connections.dedicated(name));
    try {
      await worker.#work();
    } finally {
      job.activity.holding -= worker.#holding;
      await worker.#connection[Symbol.asyncDispose]();
    }
  }

  async #work(): Promise<void> {
    const { job } = this;
    let answer: Held | Empty | null = await this.#take();
    for (let woken = false; answer !== null; ) {
      if ('idle' in answer) {
        woken = await job.waitForMore(answer);
        answer = woken ? await this.#take() : null;
        continue;
      }
      if (woken) job.wakeNext();
      woken = false;
      const settle = await this.#handle(answer);
      if (settle === 'abandoned') return;
      // Both are sent in one turn: a message costs one round trip.
      [, answer] = await Promise.all([settle(), job.stopping.aborted ? null : this.#take()]);
    }
  }

  async #take(): Promise<Held | Empty> {
    const { activity, context, signal } = this.job;
    for (;;) {
      signal.throwIfAborted();
      const quiet = activity.producers === 0;
      const askedAt = context.clock.now();
      try {
        const answer = await this.desk.take(this.#doer.name);
        return isTaken(answer) ? this.#receive(answer, askedAt) : { idle: answer, quiet };
      } catch (error) {
        if (!isPassing(error) && !signal.aborted) throw error;
        // A pop whose reply nobody waits for any more is a write all the same.
        if (mayHaveHappened(error)) this.#loseTrack(() => this.job.log.deliveryUnknown(this.#doer));
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

  /** Gives what settles the message, which is sent together with the next take. */
  async #handle(held: Held): Promise<Settling | 'abandoned'> {
    const { log, handler, maxDeliveries, registry } = this.job;
    const { taken, message } = held;
    if (taken.deliveries > maxDeliveries) return () => this.#giveUp(held, 'deliveries', readProgress(taken.state));
    const fresh = taken.deliveries === 1 && held.redriveCount === 0 && message.enqueuedAt !== null;
    log.delivered(this.#doer, held, fresh ? Math.max(0, registry.wallTime() - (message.enqueuedAt ?? 0)) : null);
    const running = handler.run(message, this.#connection, (phase) =>
      log.effect(phase, { ...this.#doer, connection: this.#connection.id }, held),
    );
    const outcome = running instanceof Promise ? await running : running;
    switch (outcome.kind) {
      case 'done':
        log.handled(held);
        return () => this.#complete(held, outcome.fault);
      case 'failed':
        log.handled(held);
        log.failed(this.#doer, held, outcome.fault);
        return () => this.#fail(held, outcome.error);
      case 'crashed':
        log.crashed(this.#doer, held);
        await this.#dieAndBeReplaced();
        return async () => {};
      case 'abandoned':
        return 'abandoned';
    }
  }

  #complete(held: Held, fault: string | undefined): Promise<void> {
    const record = (phase: HistoryPhase) => this.job.log.completed(phase, this.#doer, held, fault);
    return this.#settle(held, this.#acknowledge(held), record);
  }

  #acknowledge({ taken }: Held): Promise<boolean> {
    return this.#keepsNothing ? Promise.resolve(true) : this.desk.complete(taken);
  }

  async #fail(held: Held, error: HandlerError): Promise<void> {
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
    await this.#settle(held, putBack, (phase) => log.retried(phase, this.#doer, held, notBefore), false);
  }

  async #giveUp(held: Held, reason: 'attempts' | 'deliveries', progress: Progress | undefined): Promise<void> {
    const { log, deadLetters, activity, signal } = this.job;
    if (deadLetters) {
      const header = this.#letter(held, reason, progress);
      if (!held.enveloped) activity.identities.bury({ ...held.message, redriveCount: held.redriveCount });
      const move = bury(this.desk.connection, deadLetters, held.taken, header, { signal });
      return await this.#settle(held, move, (phase) =>
        log.deadLettered(phase, this.#doer, held, deadLetters.keys.queue),
      );
    }
    await this.#settle(held, this.#acknowledge(held), (phase) => log.discarded(phase, this.#doer, held));
  }

  #letter({ message, taken, redriveCount }: Held, reason: string, progress: Progress | undefined): LetterHeader {
    const now = this.job.registry.wallTime();
    return {
      id: message.id,
      originalQueue: this.job.queue,
      reason,
      attempts: progress?.attempts ?? 0,
      // A delivery beyond the limit was not handed to the handler.
      deliveries: Math.min(taken.deliveries, this.job.maxDeliveries),
      firstEnqueuedAt: message.enqueuedAt,
      firstFailedAt: progress?.firstFailedAt ?? now,
      lastFailedAt: progress?.lastFailedAt ?? now,
      error: progress?.error ?? { class: 'DeliveryLimit', message: 'delivered too often without being acknowledged' },
      consumer: this.#doer.name,
      redriveCount,
    };
  }

  /** Records `ok`, `fail` where it is certain that nothing changed, `info` where nobody knows. */
  async #settle(
    held: Held,
    settling: Promise<boolean>,
    record: (phase: HistoryPhase) => void,
    final = true,
  ): Promise<void> {
    try {
      const settled = await settling;
      record(settled ? 'ok' : 'fail');
      if (settled && final) this.job.activity.identities.settle(held.taken.entry);
    } catch (error) {
      if (!isPassing(error) && !this.job.signal.aborted) throw error;
      if (mayHaveHappened(error)) this.#loseTrack(() => record('info'));
      else record('fail');
      this.job.signal.throwIfAborted();
    } finally {
      this.#hold(-1);
    }
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

  async #dieAndBeReplaced(): Promise<void> {
    this.#connection.destroy();
    this.#hold(-1);
    this.#deaths++;
    const name = `${this.name}+${this.#deaths}`;
    this.#connection = await this.job.context.connections.dedicated(name);
    this.#doer = { ...this.#doer, name, process: this.job.context.history.newProcess() };
  }
}

/** It is worth trying again. */
export const isPassing = (error: unknown): boolean =>
  error instanceof OutcomeUnknown || (error instanceof ReplyError && PASSING.has(error.code));

/** An abort is no answer either. */
const mayHaveHappened = (error: unknown): boolean =>
  error instanceof OutcomeUnknown ? error.sent : !(error instanceof ReplyError);
