import type { HistoryEvent, HistoryPhase, HistoryRecorder } from '../../contracts/history.js';
import type { Clock } from '../../contracts/step.js';
import { crcOfText } from '../../history/crc.js';
import { Histogram } from '../../history/histogram.js';
import type { Doer } from './work-log.js';

/** A message on its way into a queue. */
export interface Pushed {
  readonly id: string;
  readonly key: string | null;
  readonly delayMs: number;
  readonly body: string;
  /** What names it where it has no envelope. */
  readonly namedBy: 'identity' | 'content' | undefined;
}

/** What the producers of one step did: in the history, and in counts. */
export class PushLog {
  #attempted = 0;
  #acknowledged = 0;
  #failed = 0;
  #unknown = 0;
  #error: Error | undefined;
  #lastAt: number;
  /** How late the last was sent. */
  late = 0;
  readonly startedAt: number;
  readonly #latency = new Histogram();

  constructor(
    private readonly queue: string,
    private readonly history: HistoryRecorder,
    private readonly clock: Clock,
  ) {
    this.startedAt = clock.now();
    this.#lastAt = this.startedAt;
  }

  sent(doer: Doer, message: Pushed): void {
    this.#attempted++;
    this.#record('invoke', doer, message);
  }

  /** `from`: when it was due, or sent. */
  acknowledged(doer: Doer, message: Pushed, from: number): void {
    this.#acknowledged++;
    this.#lastAt = this.clock.now();
    this.#latency.record(this.#lastAt - from);
    this.#record('ok', doer, message);
  }

  failed(doer: Doer, message: Pushed, error: Error): void {
    this.#failed++;
    this.#error ??= error;
    this.#record('fail', doer, message);
  }

  unknown(doer: Doer, message: Pushed): void {
    this.#unknown++;
    this.#record('info', doer, message);
  }

  result() {
    const seconds = (this.#lastAt - this.startedAt) / 1_000;
    return {
      attempted: this.#attempted,
      acknowledged: this.#acknowledged,
      failed: this.#failed,
      unknown: this.#unknown,
      throughput: seconds > 0 ? this.#acknowledged / seconds : 0,
      latency: this.#latency.summary(),
      late: this.late,
    };
  }

  /** A server that refuses everything says more than a count of failures. */
  final() {
    if (this.#error && this.#failed === this.#attempted) throw this.#error;
    return this.result();
  }

  #record(phase: HistoryPhase, { name, process, connection }: Doer, pushed: Pushed): void {
    const { id, key, delayMs } = pushed;
    const time = this.clock.now();
    this.history.record({
      phase,
      operation: 'push',
      target: this.queue,
      message: id,
      time,
      process,
      attempt: 0,
      connection,
      actor: name,
      ...(key !== null && { key }),
      ...(phase === 'invoke' && describe(pushed)),
      ...(delayMs > 0 && phase === 'invoke' && { notBefore: time + delayMs }),
    });
  }
}

/** Longer bodies are not kept. */
const KEPT_BODY = 1_024;

function describe({ body, namedBy }: Pick<Pushed, 'body' | 'namedBy'>): Partial<HistoryEvent> {
  return { hash: crcOfText(body), ...(body.length <= KEPT_BODY && { body }), ...(namedBy && { namedBy }) };
}
