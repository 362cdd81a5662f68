import type { Clock } from '../../contracts/step.js';
import { systemClock } from '../../engine/clock.js';

/** Stands still while somebody is waited for. What sleeps goes on. */
export class PausableClock implements Clock {
  readonly wallTime = systemClock.wallTime;
  readonly sleep = systemClock.sleep;
  #pausedMs = 0;
  #pausedAt: number | undefined;

  now(): number {
    return (this.#pausedAt ?? systemClock.now()) - this.#pausedMs;
  }

  /** Not while it stands still already. */
  async pauseWhile<T>(wait: () => Promise<T>): Promise<T> {
    this.#pausedAt = systemClock.now();
    try {
      return await wait();
    } finally {
      this.#pausedMs += systemClock.now() - this.#pausedAt;
      this.#pausedAt = undefined;
    }
  }
}
