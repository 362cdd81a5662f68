import { isMap } from '../../format/value.js';

/** What is wrong with a value. */
export interface Flaw {
  /** From the value down to what is wrong in it. */
  readonly path: readonly (string | number)[];
  readonly value: unknown;
  /** What it must be, in words. */
  readonly expected: string;
}

/**
 * Finds what keeps a value from being a T. It goes by the type, so that the compiler asks for a field that is new. What
 * is there beside is let through: a later version may have written it.
 */
export interface Shape<T> {
  (value: unknown): Flaw | undefined;
  /** For the compiler alone. */
  readonly of?: T;
}

const shape =
  <T>(expected: string, fits: (value: unknown) => boolean): Shape<T> =>
  (value) =>
    fits(value) ? undefined : { path: [], value, expected };

const isNumber = (value: unknown): value is number => Number.isFinite(value);

export const anything: Shape<unknown> = () => undefined;
export const text = shape<string>('a text', (value) => typeof value === 'string');
export const number = shape<number>('a number', isNumber);
export const flag = shape<boolean>('true or false', (value) => typeof value === 'boolean');
const wholeFrom = (least: number): Shape<number> =>
  shape(`a whole number from ${least} on`, (value) => isNumber(value) && Number.isSafeInteger(value) && value >= least);
export const count = wholeFrom(0);
export const ordinal = wholeFrom(1);
/** Of times and durations: half of what a date can be, so that neither leads out of it. */
const MOST_MS = 4.32e15;
export const milliseconds = shape<number>(
  'a number of milliseconds',
  (value) => isNumber(value) && Math.abs(value) <= MOST_MS,
);

/** One of these words. */
export function word<const T extends string | number | boolean>(...words: readonly T[]): Shape<T> {
  const known: ReadonlySet<unknown> = new Set(words);
  return shape(
    words
      .map((one) => JSON.stringify(one))
      .join(', ')
      .replace(/, ([^,]*)$/, ' or $1'),
    (value) => known.has(value),
  );
}

export const nullable =
  <T>(of: Shape<T>): Shape<T | null> =>
  (value) =>
    value === null ? undefined : of(value);

export function either<A, B>(one: Shape<A>, other: Shape<B>): Shape<A | B> {
  return (value) => {
    const flaw = one(value);
    const second = flaw && other(value);
    return flaw && second && { ...flaw, expected: `${flaw.expected} or ${second.expected}` };
  };
}

export const list =
  <T>(of: Shape<T>): Shape<readonly T[]> =>
  (value) =>
    Array.isArray(value) ? firstOf(value.keys(), (index) => of(value[index])) : { path: [], value, expected: 'a list' };

export const map =
  <T>(of: Shape<T>): Shape<Readonly<Record<string, T>>> =>
  (value) =>
    isMap(value) ? firstOf(Object.keys(value), (name) => of(value[name])) : { path: [], value, expected: 'a mapping' };

type OptionalKeys<T> = { [K in keyof T]-?: Record<never, never> extends Pick<T, K> ? K : never }[keyof T];
type Shapes<T, K extends keyof T> = { readonly [Name in K]-?: Shape<Exclude<T[Name], undefined>> };

/** A mapping with these fields, and where they are there, those. */
export function object<T>(
  required: Shapes<T, Exclude<keyof T, OptionalKeys<T>>>,
  optional: Shapes<T, OptionalKeys<T>>,
): Shape<T> {
  const asked = Object.entries<Shape<unknown>>(required);
  const known = Object.entries<Shape<unknown>>(optional);
  return (value) => {
    if (!isMap(value)) return { path: [], value, expected: 'a mapping' };
    for (const [name, of] of asked) {
      const flaw = of(value[name]);
      if (flaw) return within(name, flaw);
    }
    for (const [name, of] of known) {
      const flaw = value[name] === undefined ? undefined : of(value[name]);
      if (flaw) return within(name, flaw);
    }
    return undefined;
  };
}

const within = (name: string | number, flaw: Flaw): Flaw => ({ ...flaw, path: [name, ...flaw.path] });

function firstOf<Name extends string | number>(
  names: Iterable<Name>,
  find: (name: Name) => Flaw | undefined,
): Flaw | undefined {
  for (const name of names) {
    const flaw = find(name);
    if (flaw) return within(name, flaw);
  }
  return undefined;
}
