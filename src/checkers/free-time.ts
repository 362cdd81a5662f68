import { doubles } from '../history/columns.js';

/** How long at least one of some workers was free. */
export class FreeTime {
  readonly #busy = new Set<string>();
  /** When all became busy, one became free, all became busy, and so on; and the free time until then. */
  readonly #switches = doubles();
  readonly #totals = doubles();
  #size = 0;

  constructor(private readonly workers: number) {}

  take(worker: string, time: number): void {
    this.#busy.add(worker);
    this.#follow(time);
  }

  release(worker: string, time: number): void {
    this.#busy.delete(worker);
    this.#follow(time);
  }

  /** Other workers take the place of these. */
  replaceAll(time: number): void {
    this.#busy.clear();
    this.#follow(time);
  }

  between(from: number, to: number): number {
    return this.#until(to) - this.#until(from);
  }

  #follow(time: number): void {
    const allBusy = this.#busy.size >= this.workers;
    if (allBusy === this.#isBusyAfter(this.#size)) return;
    const last = this.#size === 0 ? time : this.#switches.get(this.#size - 1);
    const now = Math.max(time, last);
    this.#totals.set(this.#size, this.#until(now));
    this.#switches.set(this.#size++, now);
  }

  #until(time: number): number {
    let low = 0;
    let high = this.#size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#switches.get(middle) <= time) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return time;
    const total = this.#totals.get(low - 1);
    return this.#isBusyAfter(low) ? total : total + time - this.#switches.get(low - 1);
  }

  #isBusyAfter(switches: number): boolean {
    return switches % 2 === 1;
  }
}
