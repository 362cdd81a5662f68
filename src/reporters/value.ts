import { formatValue, isMap, type ValueFormat } from '../format/value.js';

/** A value of an event on one line; an integer beyond 2^53 as its digits. */
export const formatEventValue = (value: unknown, format?: ValueFormat): string =>
  formatValue(withIntegers(value), format);

function withIntegers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withIntegers);
  if (!isMap(value)) return value;
  const entries = Object.entries(value);
  if (entries.length === 1 && typeof value.integer === 'string' && /^-?\d+$/.test(value.integer)) {
    return BigInt(value.integer);
  }
  return Object.fromEntries(entries.map(([key, item]) => [key, withIntegers(item)]));
}
