/** Bounds on what an event carries of a value, so that no result makes a report unreadable. */
const LIMITS = { depth: 12, items: 200, keys: 200, characters: 4_000, ending: 1_000 } as const;

/** A value as plain JSON: integers beyond 2^53 as `{ integer }`, and what is too large cut with a note of what is left out. */
export function encodeValue(value: unknown, depth = 0): unknown {
  switch (typeof value) {
    case 'bigint':
      return { integer: String(value) };
    case 'string':
      return value.length > LIMITS.characters
        ? `${value.slice(0, LIMITS.characters - LIMITS.ending)}… (${value.length} characters) …${value.slice(-LIMITS.ending)}`
        : value;
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'undefined':
    case 'function':
    case 'symbol':
      return null;
    case 'boolean':
      return value;
  }
  if (value === null) return null;
  if (depth >= LIMITS.depth) return Array.isArray(value) ? '[…]' : '{…}';
  if (value instanceof Uint8Array) return { base64: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) {
    const items = value.slice(0, LIMITS.items).map((item) => encodeValue(item, depth + 1));
    if (value.length > LIMITS.items) items.push(`… ${value.length - LIMITS.items} more`);
    return items;
  }
  const entries = Object.entries(value as object); // what is left is an object
  const encoded = Object.fromEntries(
    entries.slice(0, LIMITS.keys).map(([key, item]) => [key, encodeValue(item, depth + 1)]),
  );
  if (entries.length > LIMITS.keys) encoded['…'] = `${entries.length - LIMITS.keys} more`;
  return encoded;
}
