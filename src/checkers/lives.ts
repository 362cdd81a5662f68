import type { CheckedEvent, MessageNames } from '../contracts/checker.js';
import type { HistoryPhase } from '../contracts/history.js';
import { formatCount } from '../format/text.js';

const STEPS = {
  deliver: 'delivered to',
  effect: 'its effect applied by',
  complete: 'completed by',
  handlerFail: 'failed in',
  crash: 'dropped by the crash of',
  retry: 'put back by',
  deadLetter: 'dead-lettered by',
  discard: 'given up by',
  redrive: 'redriven by',
  purge: 'purged by',
} as const;
const WORDS = Object.values(STEPS);
const CODES: ReadonlyMap<string, number> = new Map(Object.keys(STEPS).map((operation, code) => [operation, code]));
const PHASES: readonly HistoryPhase[] = ['invoke', 'ok', 'fail', 'info'];
const ENDINGS = ['', '', ' (refused)', ' (never answered)'];

/** What the last events of each message were, to tell its life in one line. Times count from the beginning of the case. */
export class Lives {
  readonly #pushedAt: Float64Array;
  /** Since then: a float of 4 bytes tells a tenth of a millisecond within the first half hour. */
  readonly #deliveredAt: Float32Array;
  readonly #deliveredTo: Uint32Array;
  readonly #lastAt: Float32Array;
  readonly #lastBy: Uint32Array;
  /** What happened last, and how it ended; raised by one, so that 0 is nothing. */
  readonly #last: Uint8Array;
  readonly #actors: string[] = [];
  readonly #numbers = new Map<string, number>();
  #origin: number | undefined;

  constructor(private readonly names: MessageNames) {
    this.#origin = names.beganAt;
    this.#pushedAt = new Float64Array(names.messages).fill(Number.NaN);
    this.#deliveredAt = new Float32Array(names.messages);
    this.#deliveredTo = new Uint32Array(names.messages);
    this.#lastAt = new Float32Array(names.messages);
    this.#lastBy = new Uint32Array(names.messages);
    this.#last = new Uint8Array(names.messages);
  }

  begin(time: number): void {
    this.#origin ??= time;
  }

  pushed(message: number, time: number): void {
    this.#pushedAt[message] = time;
  }

  pushedAt(message: number): number | undefined {
    const time = this.#pushedAt[message]!;
    return Number.isNaN(time) ? undefined : time;
  }

  see({ operation, phase, message, time, actor }: CheckedEvent): void {
    const code = CODES.get(operation);
    if (code === undefined) return;
    const by = this.#numberOf(actor);
    this.#last[message] = 1 + code * PHASES.length + PHASES.indexOf(phase);
    const since = time - (this.#origin ?? 0);
    this.#lastAt[message] = since;
    this.#lastBy[message] = by;
    if (operation !== 'deliver') return;
    this.#deliveredAt[message] = since;
    this.#deliveredTo[message] = by;
  }

  /** `push-17: pushed at 12.3 ms, delivered to work/2 at 15.0 ms, dropped by the crash of work/2 at 15.2 ms; then nothing` */
  tell(message: number, deliveries: number): string {
    const events: string[] = [];
    const pushedAt = this.pushedAt(message);
    if (pushedAt !== undefined) events.push(`pushed at ${this.at(pushedAt)}`);
    if (deliveries > 0) {
      const times = deliveries > 1 ? `delivered ${formatCount(deliveries)} times, the last to` : STEPS.deliver;
      const to = this.#actors[this.#deliveredTo[message]!];
      events.push(`${times} ${to} at ${inWords(this.#deliveredAt[message]!)}`);
    }
    const last = this.#last[message]! - 1;
    if (last >= PHASES.length) {
      const what = `${WORDS[Math.floor(last / PHASES.length)]} ${this.#actors[this.#lastBy[message]!]}`;
      events.push(`${what} at ${inWords(this.#lastAt[message]!)}${ENDINGS[last % PHASES.length]}`);
    }
    return `${this.names.idOf(message)}: ${events.join(', ')}; then nothing`;
  }

  at(time: number): string {
    return inWords(time - (this.#origin ?? 0));
  }

  #numberOf(actor: string): number {
    let number = this.#numbers.get(actor);
    if (number === undefined) {
      number = this.#actors.push(actor) - 1;
      this.#numbers.set(actor, number);
    }
    return number;
  }
}

const inWords = (milliseconds: number): string => `${milliseconds.toFixed(1)} ms`;
