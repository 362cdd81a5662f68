import { Type } from '../../contracts/fields.js';
import type { Reply } from '../../contracts/redis.js';

/** A stream entry as results show it. */
export const Entry = () =>
  Type.Object({
    id: Type.String({ description: 'Entry id.' }),
    fields: Type.Unsafe<Record<string, Reply>>({
      type: 'object',
      additionalProperties: true,
      description: 'Fields; bytes that are not UTF-8 as `{ base64 }`.',
    }),
  });

export interface StreamEntry {
  id: string;
  fields: Record<string, Reply>;
}

/** Entries from `[[id, [field, value, …]], …]`; an entry that was deleted meanwhile is left out. */
export function readEntries(reply: Reply | undefined): StreamEntry[] {
  if (!isList(reply)) return [];
  return reply.flatMap((entry) => {
    const [id, pairs] = isList(entry) ? entry : [];
    return typeof id === 'string' && isList(pairs) ? [{ id, fields: readFields(pairs) }] : [];
  });
}

function readFields(pairs: readonly Reply[]): Record<string, Reply> {
  const fields: [string, Reply][] = [];
  for (let at = 0; at + 1 < pairs.length; at += 2) {
    const name = pairs[at];
    fields.push([typeof name === 'string' ? name : JSON.stringify(name), pairs[at + 1] ?? null]);
  }
  // fromEntries makes `__proto__` a field like any other.
  return Object.fromEntries(fields);
}

export const isList = (reply: Reply | undefined): reply is readonly Reply[] => Array.isArray(reply);
