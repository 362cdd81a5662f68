import type { CheckedEvent, MessageNames } from '../contracts/checker.js';
import { Examples, type Role } from './selection.js';

/** Each of the two clocks that are compared is read in whole milliseconds. */
const ROUNDING_MS = 2;
/** Two machines' clocks may run this much apart: a thousand times the drift of a usual crystal is seen in virtual machines. */
const DRIFT = 0.001;

const REASONS = ['', 'its delay', 'its backoff', 'the lease of the delivery before'] as const;
const DELAY = 1;
const BACKOFF = 2;
const LEASE = 3;

/**
 * A delivery that came before the lease of another had ended, until it is known whether that one had put the message
 * back: replies to two workers are read in any order.
 */
interface Suspect {
  readonly at: number;
  due: number;
  /** The delivery that had the lease. */
  readonly holder: number;
}

/** Finds deliveries before the time that was due then. */
export class EarlyDeliveries {
  readonly early: Examples;
  /** Deliveries for which a time was due. */
  checked = 0;
  delivered = 0;
  /** The first that came early, in words. */
  first: string | undefined;

  /** When the next delivery is due, since when that holds, and why; reason 0: any time. */
  readonly #due: Float64Array;
  readonly #since: Float64Array;
  readonly #reason: Uint8Array;
  /** The delivery that has the lease. */
  readonly #holder: Uint32Array;
  /** Few, so that a map takes less than columns. */
  readonly #suspects = new Map<number, Suspect>();

  constructor(private readonly names: MessageNames) {
    const { messages } = names;
    this.early = new Examples(names);
    this.#due = new Float64Array(messages);
    this.#since = new Float64Array(messages).fill(Number.NaN);
    this.#reason = new Uint8Array(messages);
    this.#holder = new Uint32Array(messages);
  }

  see(event: CheckedEvent, role: Role | null): void {
    const { message, operation, phase } = event;
    if (message < 0) return;
    if (role === 'push') {
      if (phase === 'invoke') this.#push(event);
      return;
    }
    if (role === 'consume') {
      if (operation === 'deliver') {
        if (phase === 'ok') this.#deliver(event);
      } else if (operation === 'retry') {
        if (phase === 'ok' || phase === 'info') this.#putBack(event);
      } else if (operation === 'complete' || operation === 'deadLetter' || operation === 'discard') {
        if (phase === 'ok' && !this.#isOutdated(event)) this.#reason[message] = 0;
      }
    }
    if (operation === 'redrive' && phase === 'ok') this.#reason[message] = 0;
  }

  /** After the last event: nothing will explain what is still suspect. */
  finish(): void {
    for (const message of [...this.#suspects.keys()].sort((one, other) => one - other)) this.#convict(message, LEASE);
  }

  /** Pushed again, the earlier time holds; there may be a second copy of one that was delivered already. */
  #push({ message, time, notBefore }: CheckedEvent): void {
    const again = !Number.isNaN(this.#since[message]!);
    if (!again) this.#setDue(message, notBefore === undefined ? 0 : DELAY, notBefore, time);
    else if (this.#reason[message] !== DELAY || notBefore === undefined) this.#reason[message] = 0;
    else this.#due[message] = Math.min(this.#due[message]!, notBefore);
  }

  #deliver({ message, time, since = time, attempt, notBefore }: CheckedEvent): void {
    this.delivered++;
    const reason = this.#reason[message]!;
    if (reason !== 0) {
      this.checked++;
      if (isBefore(time, this.#due[message]!, this.#since[message]!)) {
        this.#convict(message, LEASE);
        this.#suspects.set(message, { at: time, due: this.#due[message]!, holder: this.#holder[message]! });
        if (reason !== LEASE) this.#convict(message, reason);
      }
    }
    this.#holder[message] = attempt;
    this.#setDue(message, notBefore === undefined ? 0 : LEASE, notBefore, since);
  }

  #putBack(event: CheckedEvent): void {
    const { message, phase, attempt, time, notBefore = 0 } = event;
    const suspect = this.#suspects.get(message);
    if (suspect && attempt === suspect.holder) {
      suspect.due = notBefore;
      if (isBefore(suspect.at, notBefore, time)) this.#convict(message, BACKOFF);
      else this.#suspects.delete(message);
    }
    if (this.#isOutdated(event)) return;
    // Without an answer, it may have been put back or not.
    const sooner = this.#reason[message] === 0 || notBefore < this.#due[message]!;
    if (phase === 'ok' || sooner) this.#setDue(message, notBefore === 0 ? 0 : BACKOFF, notBefore, time);
  }

  #setDue(message: number, reason: number, due = 0, since = 0): void {
    this.#reason[message] = reason;
    this.#due[message] = due;
    this.#since[message] = since;
  }

  /** Of a delivery before the one that has the lease. */
  #isOutdated({ message, attempt }: CheckedEvent): boolean {
    return attempt > 0 && attempt < this.#holder[message]!;
  }

  #convict(message: number, reason: number): void {
    const suspect = this.#suspects.get(message);
    if (!suspect) return;
    this.#suspects.delete(message);
    this.early.add(message);
    const ahead = (suspect.due - suspect.at).toFixed(1);
    this.first ??= `${this.names.idOf(message)} came ${ahead} ms before ${REASONS[reason]} had ended`;
  }
}

const isBefore = (time: number, due: number, since: number): boolean =>
  time < due - ROUNDING_MS - DRIFT * Math.max(0, due - since);
