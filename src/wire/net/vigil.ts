import { now } from '../../format/now.js';

/** The longest that an answer is looked for at once. */
const LONGEST_MS = 0.2;

/**
 * Keeps the event loop from going to sleep while an answer is due any moment: to be woken takes a process longer than it
 * takes the server to run a script (some 50 µs on virtual machines), and the server longer to answer whoever sleeps. Who
 * was not answered within 0.2 ms the last time sleeps.
 */
export class Vigil {
  #sentAt = 0;
  #isDue = false;
  #isNear = true;
  #isAwake = false;

  /** Something was sent. */
  begin(): void {
    this.#sentAt = now();
    this.#isDue = true;
    if (this.#isAwake || !this.#isNear) return;
    this.#isAwake = true;
    setImmediate(this.#look);
  }

  /** All that was sent is answered, or will never be. */
  end(): void {
    this.#isDue = false;
    this.#isNear = now() - this.#sentAt < LONGEST_MS;
  }

  readonly #look = (): void => {
    this.#isAwake = this.#isDue && now() - this.#sentAt < LONGEST_MS;
    if (this.#isAwake) setImmediate(this.#look);
  };
}
