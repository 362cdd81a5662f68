const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls back once the signal is aborted, and gives what takes the call back off. However many wait, the signal has one
 * listener: addEventListener compares each new one with all that are there, and with 60,000 requests in flight that took
 * all the time there was.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  let callbacks = waiting.get(signal);
  if (!callbacks) {
    const all = new Set<() => void>();
    const callAll = () => {
      for (const call of all) call();
    };
    signal.addEventListener('abort', callAll, { once: true });
    waiting.set(signal, all);
    callbacks = all;
  }
  const all = callbacks;
  all.add(callback);
  return () => all.delete(callback);
}
