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
  return { queue, main, beside: (part) => besideKey(namespace, main, part) };
}

/**
 * A key in the same slot as another one. It begins with the namespace, which the case removes at its end, and has the
 * other's hash tag: the one in its name (isolated namespaces have one), or else the whole name, because that is what a
 * name without a tag is hashed by.
 */
export function besideKey(namespace: Namespace, key: string, part: string): string {
  return hashTag(key) === undefined ? `${namespace.prefix}{${key}}:${part}` : `${key}:${part}`;
}

/** What the slot is computed from; undefined where it is the whole key. */
function hashTag(key: string): string | undefined {
  const open = key.indexOf('{');
  const close = open < 0 ? -1 : key.indexOf('}', open + 1);
  return close > open + 1 ? key.slice(open + 1, close) : undefined;
}
