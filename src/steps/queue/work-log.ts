import type { HistoryEvent, HistoryOperation, HistoryPhase, HistoryRecorder } from '../../contracts/history.js';
import type { Message } from '../../contracts/message.js';
import type { Clock } from '../../contracts/step.js';
import { Histogram } from '../../history/histogram.js';
import type { Taken } from './backends/backend.js';

/** Who does something: a worker, under the process number that it has now. */
export interface Doer {
  readonly name: string;
  readonly process: number;
  /** The number of its connection within the run. */
  readonly connection: number;
}

/** A message in a worker's hands. */
export interface Held {
  readonly message: Message;
  readonly taken: Taken;
  /** Its name and times came with it. */
  readonly enveloped: boolean;
  readonly redriveCount: number;
  /** On the monotonic clock: when it was asked for, and when it came. */
  readonly askedAt: number;
  readonly deliveredAt: number;
}

/** What workers of one step did: in the history, and in counts. */
export class WorkLog {
  #delivered = 0;
  #completed = 0;
  #failed = 0;
  #retried = 0;
  #redelivered = 0;
  #deadLettered = 0;
  #discarded = 0;
  #crashes = 0;
  readonly #latency = new Histogram();
  readonly #handling = new Histogram();
  /** What was delivered and not settled since, by entry; at-most-once by message. */
  readonly #outstanding = new Set<string>();
  #firstAt: number | undefined;
  #lastAt = 0;

  constructor(
    private readonly queue: string,
    private readonly visibilityMs: number | null,
    private readonly history: HistoryRecorder,
    private readonly clock: Clock,
  ) {}

  get hasDelivered(): boolean {
    return this.#delivered > 0;
  }

  /** `latencyMs` since it was enqueued, where that is known. */
  delivered(doer: Doer, held: Held, latencyMs: number | null): void {
    this.#firstAt ??= held.askedAt;
    this.#delivered++;
    if (held.taken.deliveries > 1) this.#redelivered++;
    if (latencyMs !== null) this.#latency.record(latencyMs);
    this.#outstanding.add(outstandingKey(held));
    const { deliveredAt: time, askedAt: since } = held;
    const lease = this.visibilityMs === null ? { time, since } : { time, since, notBefore: since + this.visibilityMs };
    this.#record('ok', 'deliver', doer, held, lease);
  }

  /** The reply of a take never came: a message may have gone with it. */
  deliveryUnknown({ name, process, connection }: Doer): void {
    const time = this.clock.now();
    const what = { phase: 'info', operation: 'deliver', target: this.queue, message: '', attempt: 0 } as const;
    this.history.record({ ...what, time, process, connection, actor: name });
  }

  effect(phase: HistoryPhase, doer: Doer, held: Held): void {
    this.#record(phase, 'effect', doer, held);
  }

  handled(held: Held): void {
    this.#handling.record(this.clock.now() - held.deliveredAt);
  }

  failed(doer: Doer, held: Held, fault: string | undefined): void {
    this.#failed++;
    this.#record('ok', 'handlerFail', doer, held, struckBy(fault));
  }

  crashed(doer: Doer, held: Held): void {
    this.#crashes++;
    // At most once: nobody else will get it.
    if (this.visibilityMs === null) this.#outstanding.delete(outstandingKey(held));
    this.#record('ok', 'crash', doer, held, struckBy('crash'));
  }

  /** `fault`: what its handler suffered on the way. */
  completed(phase: HistoryPhase, doer: Doer, held: Held, fault: string | undefined): void {
    if (phase === 'ok') this.#completed++;
    this.#settled(phase, 'complete', doer, held, struckBy(fault));
  }

  retried(phase: HistoryPhase, doer: Doer, held: Held, notBefore: number): void {
    if (phase === 'ok') this.#retried++;
    this.#settled(phase, 'retry', doer, held, { notBefore });
  }

  deadLettered(phase: HistoryPhase, doer: Doer, held: Held, to: string): void {
    if (phase === 'ok') this.#deadLettered++;
    this.#settled(phase, 'deadLetter', doer, held, { to });
  }

  discarded(phase: HistoryPhase, doer: Doer, held: Held): void {
    if (phase === 'ok') this.#discarded++;
    this.#settled(phase, 'discard', doer, held);
  }

  /** The queue was seen to hold nothing: what had an unknown outcome is settled, too. */
  drained(): void {
    this.#outstanding.clear();
  }

  result() {
    const seconds = (this.#lastAt - (this.#firstAt ?? 0)) / 1_000;
    return {
      delivered: this.#delivered,
      completed: this.#completed,
      failed: this.#failed,
      retried: this.#retried,
      redelivered: this.#redelivered,
      deadLettered: this.#deadLettered,
      discarded: this.#discarded,
      crashes: this.#crashes,
      inFlight: this.#outstanding.size,
      throughput: seconds > 0 ? this.#completed / seconds : 0,
      latency: this.#latency.summary(),
      handling: this.#handling.summary(),
    };
  }

  #settled(
    phase: HistoryPhase,
    operation: HistoryOperation,
    doer: Doer,
    held: Held,
    more?: Partial<HistoryEvent>,
  ): void {
    if (phase === 'ok') {
      this.#outstanding.delete(outstandingKey(held));
      this.#lastAt = this.clock.now();
    }
    this.#record(phase, operation, doer, held, more);
  }

  // One literal: to spread an object that was itself made by spreading takes 2 µs.
  #record(
    phase: HistoryPhase,
    operation: HistoryOperation,
    { name, process, connection }: Doer,
    { message, taken }: Held,
    more?: Partial<HistoryEvent>,
  ): void {
    this.history.record({
      phase,
      operation,
      target: this.queue,
      message: message.id,
      time: this.clock.now(),
      process,
      attempt: taken.deliveries,
      connection,
      actor: name,
      ...(taken.entry !== '' && { entryId: taken.entry }),
      ...more,
    });
  }
}

const struckBy = (fault: string | undefined): Partial<HistoryEvent> => (fault === undefined ? {} : { fault });

const outstandingKey = ({ taken, message }: Held): string => (taken.entry === '' ? message.id : taken.entry);
