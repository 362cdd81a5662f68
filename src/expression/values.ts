import { isMap } from '../format/value.js';

/** The kinds of JSON. An integer beyond 2^53 is a bigint, and a number like any other. */
export type Kind = 'null' | 'boolean' | 'number' | 'string' | 'list' | 'map';
/** What is known of a value before it is there. */
export type StaticKind = Kind | 'any';
export type Numeric = number | bigint;

export function kindOf(value: unknown): Kind {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'number':
      return typeof value as Kind; // just these three
    case 'bigint':
      return 'number';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? 'list' : 'map';
    default:
      throw new TypeError(`an expression met a value of type ${typeof value}`);
  }
}

/** A kind with its article, for messages. */
export const A_KIND: Readonly<Record<StaticKind, string>> = {
  null: 'null',
  boolean: 'a boolean',
  number: 'a number',
  string: 'a string',
  list: 'a list',
  map: 'a map',
  any: 'any value',
};

export const aKindOf = (value: unknown): string => A_KIND[kindOf(value)];

export const isNumeric = (value: unknown): value is Numeric => typeof value === 'number' || typeof value === 'bigint';

/** The number, unless only a bigint holds it exactly. */
export function narrow(value: bigint): Numeric {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** JSON, with integers beyond 2^53 in digits. */
export function toJson(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return `[${value.map(toJson).join(',')}]`;
  if (!isMap(value)) return JSON.stringify(value) ?? 'null';
  const entries = Object.keys(value).filter((key) => value[key] !== undefined);
  return `{${entries.map((key) => `${JSON.stringify(key)}:${toJson(value[key])}`).join(',')}}`;
}
