/** Maps every string in plain data, keys of mappings included. Gives the same value back when nothing changed. */
export function mapStrings(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === 'string') return map(value);
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) {
    const items = value.map((item) => mapStrings(item, map));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  const before = Object.entries(value);
  const after = before.map(([key, item]) => [map(key), mapStrings(item, map)] as const);
  const changed = after.some(([key, item], index) => key !== before[index]?.[0] || item !== before[index]?.[1]);
  // fromEntries makes `__proto__` a key like any other.
  return changed ? Object.fromEntries(after) : value;
}
