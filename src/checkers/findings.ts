import type { CheckedEvent } from '../contracts/checker.js';
import { words } from '../history/columns.js';
import { Looks } from './looks.js';
import { PLACES, TWICE } from './marks.js';

/** What the looks at queues and dead-letter queues found, until something moved the message. */
export class Findings {
  readonly looks = new Looks();
  // Few messages are found: a column grows only where it is used.
  readonly #foundIn = words();
  readonly #foundAs = words();
  readonly #deadIn = words();

  see({ operation, message, target }: CheckedEvent): void {
    const look = this.looks.current(target);
    if (operation === 'dead') this.#deadIn.set(message, look);
    if (operation !== 'queued' && operation !== 'inFlight') return;
    const again = this.#foundIn.get(message) === look ? this.#foundAs.get(message) | TWICE : 0;
    this.#foundIn.set(message, look);
    this.#foundAs.set(message, again | PLACES[operation]);
  }

  /** It was taken, put back, or brought into the queue since. */
  moved(message: number): void {
    if (this.#foundIn.get(message) !== 0) this.#foundIn.set(message, 0);
  }

  /** It was taken out of its dead-letter queue since. */
  unburied(message: number): void {
    if (this.#deadIn.get(message) !== 0) this.#deadIn.set(message, 0);
  }

  /** Where the last look at its queue found it; 0: nowhere. */
  placesOf(message: number): number {
    return this.looks.counts(this.#foundIn.get(message)) ? this.#foundAs.get(message) : 0;
  }

  isBuried(message: number): boolean {
    return this.looks.counts(this.#deadIn.get(message));
  }
}
