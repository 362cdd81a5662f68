import { setMaxListeners } from 'node:events';

const allowed = new WeakSet<AbortSignal>();

/** All that runs at the same time listens to one signal, and Node warns from the eleventh listener on. */
export function allowListeners(signal: AbortSignal): void {
  if (allowed.has(signal)) return;
  allowed.add(signal);
  setMaxListeners(0, signal);
}
