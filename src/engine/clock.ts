import type { Clock } from '../contracts/step.js';
import { now } from '../format/now.js';
import { Aborter, onAbort } from '../redis/listeners.js';

/** The one place where the engine reads a clock. */
export const systemClock: Clock = {
  now,
  wallTime: () => Date.now(),
  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const end = now() + milliseconds;
      let timer: NodeJS.Timeout;
      const wait = () => {
        timer = setTimeout(wake, Math.max(0, end - now()));
      };
      const wake = () => {
        // A timer may strike up to a millisecond early; whoever sleeps must never be.
        if (now() < end) return wait();
        release?.();
        resolve();
      };
      const abort = () => {
        clearTimeout(timer);
        release?.();
        reject(signal?.reason);
      };
      const release = signal && onAbort(signal, abort);
      wait();
    }),
};

/** A time limit that can be moved while it runs. It aborts its signal with the reason when it strikes. */
export class Deadline implements Disposable {
  readonly #controller = new Aborter();
  readonly #release: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #left: number;
  #since: number;

  constructor(
    limitMs: number,
    private readonly reason: () => Error,
    private readonly clock: Clock,
    /** Aborts when this does, too. */
    parent?: AbortSignal,
  ) {
    if (parent?.aborted) this.#controller.abort(parent.reason);
    this.#release = parent && onAbort(parent, () => this.#controller.abort(parent.reason));
    this.#left = limitMs;
    this.#since = clock.now();
    this.#arm();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  extend(milliseconds: number): void {
    if (milliseconds <= 0) return;
    const now = this.clock.now();
    this.#left += milliseconds - (now - this.#since);
    this.#since = now;
    this.#arm();
  }

  /** No time limit any more; the parent is still followed. */
  lift(): void {
    clearTimeout(this.#timer);
  }

  [Symbol.dispose](): void {
    this.lift();
    this.#release?.();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    if (this.#left < MAXIMUM_TIMER_MS) this.#timer = setTimeout(() => this.#strike(), Math.max(0, this.#left));
  }

  #strike(): void {
    const now = this.clock.now();
    const left = this.#left - (now - this.#since);
    if (left < EARLY_MS) this.#controller.abort(this.reason());
    else {
      this.#left = left;
      this.#since = now;
      this.#arm();
    }
  }
}

/** How early a timer may strike, and more: what is left then is time that the clock stood still. */
const EARLY_MS = 2;

/** What setTimeout can count to. */
const MAXIMUM_TIMER_MS = 2 ** 31 - 1;

/** A signal that follows several; disposing takes its listeners off them. */
export function anySignal(
  signals: readonly (AbortSignal | undefined)[],
): { signal: AbortSignal; abort(reason: unknown): void } & Disposable {
  const controller = new Aborter();
  const releases = signals.flatMap((signal) => {
    if (!signal) return [];
    if (signal.aborted) controller.abort(signal.reason);
    return [onAbort(signal, () => controller.abort(signal.reason))];
  });
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    [Symbol.dispose]: () => {
      for (const release of releases) release();
    },
  };
}
