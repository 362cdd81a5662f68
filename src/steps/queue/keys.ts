import type { Namespace } from '../../contracts/redis.js';

/** The keys of a queue: its own, which holds what waits, and those beside it, all in one slot of a cluster. */
export interface QueueKeys {
  /** As the scenario names the queue. */
  readonly queue: string;
  readonly main: string;
  beside(part: string): string;
}

/** A queue's own key stays as it is written, so that other programs and raw commands find it. */
export function queueKeys(namespace: Namespace, queue: string): QueueKeys {
  const main = namespace.key(queue);
  return { queue, main, beside: (part) => namespace.beside(main, part) };
}
