import type {
  HistoryEvent,
  HistoryPhase,
  HistoryRecorder,
  HistorySeries,
  PushedBody,
} from '../../contracts/history.js';
import { nextConnectionId } from '../../redis/session.js';

/** Who pushes, and where. */
export type Pusher = Pick<HistoryEvent, 'target' | 'actor' | 'shard'>;

/** Records what one producer pushes, whose messages are `<name>-<sequence>`. */
export class PushHistory {
  readonly #connection = nextConnectionId();
  #series: { [Phase in HistoryPhase]?: HistorySeries } = {};
  #process: number;
  #hasUnknown = false;

  constructor(
    private readonly history: HistoryRecorder,
    private readonly pusher: Pusher,
    private readonly name: string,
  ) {
    this.#process = history.newProcess();
  }

  sent(sequence: number, time: number, body: PushedBody, key: string | null): void {
    // One that suffered an unknown outcome goes on under a new number.
    if (this.#hasUnknown) {
      this.#hasUnknown = false;
      this.#process = this.history.newProcess();
      this.#series = {};
    }
    if (key === null) this.#of('invoke').record(sequence, time, body);
    else {
      const text = body.isKept && { body: body.bytes.toString('utf8', 0, body.length) };
      this.#record('invoke', sequence, time, key, { hash: body.hash, ...text });
    }
  }

  settled(phase: 'ok' | 'fail' | 'info', sequence: number, time: number, key: string | null): void {
    if (key === null) this.#of(phase).record(sequence, time);
    else this.#record(phase, sequence, time, key);
    if (phase === 'info') this.#hasUnknown = true;
  }

  /** Without a key all events of a phase are alike. */
  #of(phase: HistoryPhase): HistorySeries {
    this.#series[phase] ??= this.history.series(this.#frame(phase), this.name);
    return this.#series[phase];
  }

  #record(phase: HistoryPhase, sequence: number, time: number, key: string, more?: Partial<HistoryEvent>): void {
    this.history.record({ ...this.#frame(phase), message: `${this.name}-${sequence}`, time, key, ...more });
  }

  #frame(phase: HistoryPhase) {
    return {
      phase,
      operation: 'push',
      process: this.#process,
      attempt: 0,
      connection: this.#connection,
      ...this.pusher,
    } as const;
  }
}
