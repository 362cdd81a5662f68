import { setImmediate } from 'node:timers/promises';
import { now } from '../format/now.js';

/** How long work that never waits may hold the event loop, with the leases, timers and replies of all other cases. */
const SLICE_MS = 5;

/** To be awaited between pieces of such work: gives way once a slice is over. Raises the signal's reason then. */
export function givingWay(signal?: AbortSignal): () => Promise<void> {
  let until = now() + SLICE_MS;
  return async () => {
    if (now() < until) return;
    await setImmediate();
    signal?.throwIfAborted();
    until = now() + SLICE_MS;
  };
}

/** Events between two looks at the clock. */
const BATCH = 256;

/** Shows each event, and gives way meanwhile. Raises the signal's reason. */
export async function showEvents<T>(
  events: Iterable<T>,
  show: (event: T) => void,
  signal?: AbortSignal,
): Promise<void> {
  const giveWay = givingWay(signal);
  let shown = 0;
  for (const event of events) {
    show(event);
    if (++shown % BATCH === 0) await giveWay();
  }
}
