import { parseQuantity, QUANTITY_EXAMPLES, type Quantity } from '../format/quantity.js';
import { countCharacters, formatValue } from '../format/value.js';
import { checkLength } from './frame.js';
import { calculate } from './operators.js';
import { matchCost, matches } from './patterns.js';
import { Problem } from './problem.js';
import { aKindOf, isNumeric, type Kind, type Numeric, narrow, type StaticKind, toJson } from './values.js';

/** What a function gets for a parameter. An `integer` is a whole number that a double holds exactly. */
interface Values {
  any: unknown;
  boolean: boolean;
  number: Numeric;
  integer: number;
  string: string;
  list: readonly unknown[];
  map: Readonly<Record<string, unknown>>;
}
export type Parameter = keyof Values;
type Arguments<P extends readonly Parameter[]> = { [Index in keyof P]: Values[P[Index]] };

/** One way to call a function: `f(a, b)` or, which is the same, `a.f(b)`. */
export interface Overload {
  readonly parameters: readonly Parameter[];
  readonly result: StaticKind;
  /** Raises a Problem. */
  readonly call: (...values: never) => unknown;
  /** Steps that it takes beyond reading its arguments once. */
  readonly cost?: (...values: never) => number;
}

const functions = new Map<string, Overload[]>();
/** By name. */
export const FUNCTIONS: ReadonlyMap<string, readonly Overload[]> = functions;

function define<const P extends readonly Parameter[]>(
  name: string,
  parameters: P,
  result: Kind | 'any',
  call: (...values: Arguments<P>) => unknown,
  cost?: (...values: Arguments<P>) => number,
): void {
  const overloads = functions.get(name) ?? [];
  overloads.push({ parameters, result, call, ...(cost && { cost }) });
  functions.set(name, overloads);
}

const show = (value: unknown): string => formatValue(value, { maxLength: 40 });

// Sizes and conversions

define('size', ['string'], 'number', countCharacters);
define('size', ['list'], 'number', (list) => list.length);
define('size', ['map'], 'number', (map) => Object.keys(map).length);

define('string', ['string'], 'string', (value) => value);
define('string', ['number'], 'string', String);
define('string', ['boolean'], 'string', String);
define('int', ['number'], 'number', (value) => (typeof value === 'bigint' ? value : Math.trunc(value) + 0));
define('int', ['string'], 'number', (text) => {
  if (!/^[+-]?\d{1,100}$/.test(text)) throw new Problem(`int() cannot read ${show(text)} as a whole number`);
  return narrow(BigInt(text.replace('+', '')));
});
define('double', ['number'], 'number', Number);
define('double', ['string'], 'number', (text) => {
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text) || !Number.isFinite(Number(text))) {
    throw new Problem(`double() cannot read ${show(text)} as a number`);
  }
  return Number(text) + 0;
});
define('bool', ['boolean'], 'boolean', (value) => value);
define('bool', ['string'], 'boolean', (text) => {
  if (text === 'true' || text === 'false') return text === 'true';
  throw new Problem(`bool() reads "true" and "false", not ${show(text)}`);
});
define('json', ['string'], 'any', (text) => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new Problem(`json() cannot read ${show(text)} as JSON`);
  }
});
define('toJson', ['any'], 'string', toJson);

const quantity = (name: string, kind: Quantity): void =>
  define(name, ['string'], 'number', (text) => {
    const value = parseQuantity(kind, text);
    if (value === undefined)
      throw new Problem(`${name}() cannot read ${show(text)}`, `write it like ${QUANTITY_EXAMPLES[kind]}`);
    return value;
  });
quantity('ms', 'duration');
quantity('bytes', 'size');

// Text. Positions count Unicode characters, as size() does.

/** Looking for a long text within a long one may compare every character of one with every one of the other. */
const searchCost = (text: string, part: string): number => (text.length * part.length) / 256;

define('contains', ['string', 'string'], 'boolean', (text, part) => text.includes(part), searchCost);
define('startsWith', ['string', 'string'], 'boolean', (text, part) => text.startsWith(part));
define('endsWith', ['string', 'string'], 'boolean', (text, part) => text.endsWith(part));
define('matches', ['string', 'string'], 'boolean', matches, matchCost);
define('lowerAscii', ['string'], 'string', (text) => text.replace(/[A-Z]+/g, (part) => part.toLowerCase()));
define('upperAscii', ['string'], 'string', (text) => text.replace(/[a-z]+/g, (part) => part.toUpperCase()));
define('trim', ['string'], 'string', (text) => text.trim());

const position = (text: string, index: number): number => (index < 0 ? -1 : countCharacters(text.slice(0, index)));
define('indexOf', ['string', 'string'], 'number', (text, part) => position(text, text.indexOf(part)), searchCost);
define(
  'lastIndexOf',
  ['string', 'string'],
  'number',
  (text, part) => position(text, text.lastIndexOf(part)),
  searchCost,
);

function substring(text: string, start: number, end?: number): string {
  const characters = Array.from(text);
  const last = end ?? characters.length;
  if (start < 0 || last < start || last > characters.length) {
    throw new Problem(
      `substring() from ${start} to ${last} is not within the ${characters.length} characters of the text`,
    );
  }
  return characters.slice(start, last).join('');
}
define('substring', ['string', 'integer'], 'string', substring);
define('substring', ['string', 'integer', 'integer'], 'string', substring);

const split = (text: string, separator: string): string[] =>
  separator === '' ? Array.from(text) : text.split(separator);
define('split', ['string', 'string'], 'list', split, searchCost);

function join(list: readonly unknown[], separator = ''): string {
  let length = 0;
  for (const [index, item] of list.entries()) {
    if (typeof item !== 'string')
      throw new Problem(`join() takes a list of strings; item ${index} is ${aKindOf(item)}`);
    length += item.length + separator.length;
  }
  checkLength(length);
  return list.join(separator);
}
define('join', ['list'], 'string', (list) => join(list));
define('join', ['list', 'string'], 'string', join);

define(
  'replace',
  ['string', 'string', 'string'],
  'string',
  (text, part, replacement) => {
    if (part === '') throw new Problem('replace() looks for an empty text');
    const parts = text.split(part);
    checkLength(text.length + (parts.length - 1) * (replacement.length - part.length));
    return parts.join(replacement);
  },
  searchCost,
);

// Numbers

function numbersOf(name: string, list: readonly unknown[]): readonly Numeric[] {
  const odd = list.findIndex((item) => !isNumeric(item));
  if (odd >= 0) throw new Problem(`${name}() takes a list of numbers; item ${odd} is ${aKindOf(list[odd])}`);
  return list as readonly Numeric[]; // just checked
}

function extreme(name: 'min' | 'max', isBetter: (one: Numeric, other: Numeric) => boolean): void {
  const better = (one: Numeric, other: Numeric): Numeric => (isBetter(other, one) ? other : one);
  define(name, ['list'], 'number', (list) => {
    if (list.length === 0) throw new Problem(`${name}() of an empty list`);
    return numbersOf(name, list).reduce(better);
  });
  define(name, ['number', 'number'], 'number', better);
}
extreme('min', (one, other) => one < other);
extreme('max', (one, other) => one > other);

define('sum', ['list'], 'number', (list) => numbersOf('sum', list).reduce((sum, item) => calculate('+', sum, item), 0));

/** Functions that leave an integer beyond 2^53 as it is. */
const rounding = (name: string, round: (value: number) => number): void =>
  define(name, ['number'], 'number', (value) => (typeof value === 'bigint' ? value : round(value) + 0));
rounding('floor', Math.floor);
rounding('ceil', Math.ceil);
// Halves away from zero, as CEL's math.round.
rounding('round', (value) => Math.sign(value) * Math.round(Math.abs(value)));
define('abs', ['number'], 'number', (value) => (value < 0 ? -value : value));

// Maps

define('keys', ['map'], 'list', (map) => Object.keys(map));
define('values', ['map'], 'list', (map) => Object.values(map));

/** What other languages call these functions. */
export const OTHER_NAMES: Readonly<Record<string, string>> = {
  len: 'size(…)',
  length: 'size(…)',
  count: 'size(…)',
  lower: 'lowerAscii()',
  toLowerCase: 'lowerAscii()',
  upper: 'upperAscii()',
  toUpperCase: 'upperAscii()',
  includes: 'contains(…), or item in list',
  test: 'matches(…)',
  substr: 'substring(from, to)',
  slice: 'substring(from, to)',
  number: 'double(…)',
  float: 'double(…)',
  parse: 'json(text)',
  fromJSON: 'json(text)',
  every: 'list.all(item, …)',
  some: 'list.exists(item, …)',
  duration: 'ms("2s"), which gives milliseconds',
};
