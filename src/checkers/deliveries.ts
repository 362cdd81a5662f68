import type { CheckedEvent } from '../contracts/checker.js';
import { doubles, words } from '../history/columns.js';

/** Deliveries in the order in which they were recorded, each with how many of them certainly happened before it. */
export class Deliveries {
  #size = 0;
  readonly #messages = words();
  readonly #lanes = words();
  readonly #attempts = words();
  readonly #before = words();
  /** The latest time of all up to this one: workers may record what they got a little later. */
  readonly #latest = doubles();

  /** `lane`: those among which it has an order. */
  add({ message, time, since, attempt }: CheckedEvent, lane: number): void {
    const row = this.#size++;
    this.#messages.set(row, message);
    this.#lanes.set(row, lane);
    this.#attempts.set(row, attempt);
    this.#latest.set(row, row === 0 ? time : Math.max(time, this.#latest.get(row - 1)));
    this.#before.set(row, since === undefined ? row : this.#countUntil(since, row));
  }

  laneOf(row: number): number {
    return this.#lanes.get(row);
  }

  /** Every delivery below this number happened before this one. */
  before(row: number): number {
    return this.#before.get(row);
  }

  /** False where the reply of an earlier one was lost: nobody knows when that was. */
  isFirst(row: number): boolean {
    return this.#attempts.get(row) <= 1;
  }

  /** The first delivery of each message in each lane: those of message n are from `starts[n]` to `starts[n + 1]`. */
  firstOfEach(messages: number): { readonly starts: Uint32Array; readonly rows: Uint32Array } {
    const all = this.#byMessage(messages);
    const starts = new Uint32Array(messages + 1);
    const rows = new Uint32Array(this.#size);
    const seenIn: number[] = [];
    let size = 0;
    for (let message = 0; message < messages; message++) {
      for (let at = all.starts[message]!; at < all.starts[message + 1]!; at++) {
        const lane = this.#lanes.get(all.rows[at]!);
        if (seenIn[lane] === message) continue;
        seenIn[lane] = message;
        rows[size++] = all.rows[at]!;
      }
      starts[message + 1] = size;
    }
    return { starts, rows };
  }

  #byMessage(messages: number) {
    const starts = new Uint32Array(messages + 1);
    for (let row = 0; row < this.#size; row++) starts[this.#messages.get(row) + 1]!++;
    for (let message = 0; message < messages; message++) starts[message + 1]! += starts[message]!;
    const rows = new Uint32Array(this.#size);
    const next = starts.slice();
    for (let row = 0; row < this.#size; row++) rows[next[this.#messages.get(row)]!++] = row;
    return { starts, rows };
  }

  /** How many of the first `size` deliveries, counted from the first, had all come by a time. */
  #countUntil(time: number, size: number): number {
    let low = 0;
    let high = size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#latest.get(middle) <= time) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
