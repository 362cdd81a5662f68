/** Timers of the event loop are late by up to so much. */
const COARSE_MS = 1.5;
/** The thread sleeps at most so long at a time; the system adds some 0.05 ms of its own. */
const NAP_MS = 0.1;

/** A rate may be one a month, which setTimeout can't count to. */
const LONGEST_SLEEP_MS = 60_000;

export interface Paced {
  /** When something has to be done next, on the monotonic clock; Infinity: never again. */
  readonly nextDue: number;
  /** Replies are on their way, which are to be read as they come. */
  readonly isWaiting: boolean;
  tick(now: number): void;
}

/**
 * Calls `tick` when it is due, to a tenth of a millisecond, which no timer does. Far ahead it lets the event loop
 * sleep; close by it goes round and round, and where no reply is to be expected, the thread naps: 0.3 of a core at
 * 1,000 a second, where going round takes a whole one.
 */
export function pace(paced: Paced, now: () => number): { stop(): void } {
  const nap = new Int32Array(new SharedArrayBuffer(4));
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  let immediate: NodeJS.Immediate | undefined;
  const turn = (): void => {
    if (isStopped) return;
    const at = now();
    if (paced.nextDue <= at) paced.tick(at);
    const gap = paced.nextDue - now();
    if (gap === Number.POSITIVE_INFINITY) return;
    if (gap > COARSE_MS + 1) {
      timer = setTimeout(turn, Math.min(gap - COARSE_MS, LONGEST_SLEEP_MS));
      return;
    }
    if (gap > NAP_MS && !paced.isWaiting) Atomics.wait(nap, 0, 0, NAP_MS);
    immediate = setImmediate(turn);
  };
  turn();
  return {
    stop() {
      isStopped = true;
      clearTimeout(timer);
      clearImmediate(immediate);
    },
  };
}
