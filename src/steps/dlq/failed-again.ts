import type { DeadQueue, Found } from './layouts/layout.js';

/**
 * Finds letters that a redrive moved and that are dead again. By the number of letters of each id, because nothing in a
 * letter tells it surely: clocks differ, and a bare body has no time and shares its id with equal ones.
 */
export class FailedAgain {
  count = 0;
  /** Letters of an id that lay there at the start and were not moved since. */
  readonly #untouched = new Map<string, number>();
  readonly #moved = new Map<string, number>();

  constructor(private readonly queue: DeadQueue) {}

  /** It was there before anything was moved. */
  was({ letter: { id } }: Found): void {
    add(this.#untouched, id, 1);
  }

  moved({ letter: { id } }: Found): void {
    add(this.#untouched, id, -1);
    add(this.#moved, id, 1);
  }

  async look(): Promise<void> {
    const there = new Map<string, number>();
    for await (const { letter } of this.queue.entries()) if (this.#moved.has(letter.id)) add(there, letter.id, 1);
    this.count = 0;
    for (const [id, now] of there) {
      const came = now - (this.#untouched.get(id) ?? 0);
      this.count += Math.max(0, Math.min(came, this.#moved.get(id) ?? 0));
    }
  }
}

function add(counts: Map<string, number>, id: string, difference: number): void {
  counts.set(id, (counts.get(id) ?? 0) + difference);
}
