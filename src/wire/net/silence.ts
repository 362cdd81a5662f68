import type { Lane } from './lane.js';

/** Times in which a limit is looked at: it is exceeded by at most as many parts. */
const LOOKS = 5;

/** Breaks connections whose oldest operation in flight has been unanswered for longer than a limit. */
export class Silence {
  readonly #seen = new Map<Lane, { readonly operation: number; readonly due: number; readonly at: number }>();
  readonly #timer: NodeJS.Timeout;

  constructor(
    private readonly limitMs: number,
    private readonly lanes: () => Iterable<Lane>,
    private readonly now: () => number,
  ) {
    this.#timer = setInterval(() => this.#look(), Math.max(1, limitMs / LOOKS));
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const at = this.now();
    for (const lane of this.lanes()) {
      if (!lane.isOpen || lane.inFlight.length === 0) {
        this.#seen.delete(lane);
        continue;
      }
      const { operation, due } = lane.inFlight;
      const seen = this.#seen.get(lane);
      if (seen?.operation !== operation || seen.due !== due) this.#seen.set(lane, { operation, due, at });
      else if (at - seen.at >= this.limitMs) lane.break();
    }
  }
}
