import type { DeferredValue } from '../../contracts/fields.js';
import type { Work } from '../../contracts/step.js';
import { encodeBody } from '../queue/payload.js';

/** What to publish: given bodies, or made up ones. */
export interface Bodies {
  readonly message?: DeferredValue<unknown> | undefined;
  readonly messages?: readonly DeferredValue<unknown>[] | undefined;
  readonly count?: number | undefined;
  readonly size?: DeferredValue<number> | undefined;
  readonly for?: number | undefined;
}

/** How many there are; without an end where only the time limits them. */
export const countOf = ({ messages, count, for: forMs }: Bodies): number =>
  messages?.length ?? count ?? (forMs === undefined ? 1 : Number.POSITIVE_INFINITY);

/** What a report of their progress goes by. */
export function extentOf(bodies: Bodies): Pick<Work, 'total' | 'forMs'> {
  const total = countOf(bodies);
  return { total: Number.isFinite(total) ? total : undefined, forMs: bodies.for };
}

/** Evaluating one again may give something else. */
export const hasExpressions = ({ message, messages = [], size }: Bodies): boolean =>
  [message, size, ...messages].some((value) => value?.constant === false);

export function bodyOf({ message, messages, size }: Bodies, index: number): string {
  const given = messages?.[index] ?? message;
  if (given) return encodeBody(given.evaluate({ index }));
  const text = `message ${index}`;
  const length = size?.evaluate({ index }) ?? text.length;
  return text.slice(0, length).padEnd(length, '.');
}
