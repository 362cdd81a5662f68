import { setTimeout as sleep } from 'node:timers/promises';
import { TargetError } from '../../errors.js';
import { now } from '../../format/now.js';

const TIMEOUT_MS = 20_000;
const POLL_MS = 10;

/** Looks until nothing is missing any more; `look` says what is. Raises a TargetError with what was missing last. */
export async function waitFor(
  what: string,
  look: () => Promise<string | undefined>,
  signal?: AbortSignal,
): Promise<void> {
  const deadline = now() + TIMEOUT_MS;
  for (;;) {
    signal?.throwIfAborted();
    const missing = await look();
    if (missing === undefined) return;
    if (now() > deadline) {
      throw new TargetError(`${what} took longer than ${TIMEOUT_MS / 1000}s: ${missing}`, {
        next: 'see whether this machine is busy; fewer servers start sooner',
      });
    }
    await sleep(POLL_MS);
  }
}
