/** Who waits for a signal. On the signal itself: what a WeakMap holds, all of a step, survives while it is young. */
const WAITING = Symbol('waiting');
type Awaited = AbortSignal & { [WAITING]?: Set<() => void> };

/**
 * Calls back once the signal is aborted, and gives what takes the call back off. However many wait, the signal has one
 * listener: addEventListener compares each new one with all that are there, and with 60,000 requests in flight that took
 * all the time there was.
 */
export function onAbort(signal: Awaited, callback: () => void): () => void {
  let callbacks = signal[WAITING];
  if (!callbacks) {
    const all = new Set<() => void>();
    const callAll = () => {
      for (const call of all) call();
    };
    signal.addEventListener('abort', callAll, { once: true });
    signal[WAITING] = all;
    callbacks = all;
  }
  const all = callbacks;
  // Emptied when it is taken off: tables that the set has outgrown hold it until they are collected.
  let told: (() => void) | undefined = callback;
  const call = () => told?.();
  all.add(call);
  return () => {
    told = undefined;
    all.delete(call);
  };
}

/** An AbortController that tells those who wait by `onAbort` itself: there is one for each step, and events take longer. */
export class Aborter {
  readonly #controller = new AbortController();
  readonly #waiting = new Set<() => void>();
  readonly signal: AbortSignal = this.#controller.signal;

  constructor() {
    const signal: Awaited = this.signal;
    signal[WAITING] = this.#waiting;
  }

  abort(reason: unknown): void {
    if (this.signal.aborted) return;
    this.#controller.abort(reason);
    for (const call of this.#waiting) call();
  }
}
