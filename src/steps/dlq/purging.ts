import type { DeadQueue, Found } from './layouts/layout.js';

/** Deleted at once. */
const BATCH = 500;

/** What is there now and is chosen, the oldest first. */
export async function findLetters(queue: DeadQueue, chosen: (found: Found) => boolean): Promise<readonly Found[]> {
  const all: Found[] = [];
  for await (const found of queue.entries()) if (chosen(found)) all.push(found);
  return all;
}

/** Deletes these and no others, whatever came meanwhile; tells of each one that was deleted, or of a batch that raised. */
export async function purgeLetters(
  queue: DeadQueue,
  doomed: readonly Found[],
  heard: { deleted(found: Found): void; failed(batch: readonly Found[], error: unknown): void },
): Promise<void> {
  for (let at = 0; at < doomed.length; at += BATCH) {
    const batch = doomed.slice(at, at + BATCH);
    try {
      const removed = await queue.remove(batch);
      for (const [index, found] of batch.entries()) if (removed[index]) heard.deleted(found);
    } catch (error) {
      heard.failed(batch, error);
      throw error;
    }
  }
}
