import { isMap } from '../format/value.js';
import { checkLength, type Frame } from './frame.js';
import { Problem } from './problem.js';
import { A_KIND, isNumeric, type Kind, kindOf, type Numeric, narrow, type StaticKind } from './values.js';

/** A binary operator on values. Both functions raise a Problem when the operands cannot go together. */
export interface Operator {
  /** The kind of the result. */
  check(left: StaticKind, right: StaticKind): StaticKind;
  apply(left: unknown, right: unknown, frame: Frame): unknown;
}

type Sign = '+' | '-' | '*' | '/' | '%';

const ON_DOUBLES: Readonly<Record<Sign, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '%': (left, right) => left % right,
};

const ON_INTEGERS: Readonly<Record<Exclude<Sign, '/'>, (left: bigint, right: bigint) => bigint>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '%': (left, right) => left % right,
};

/** All numbers are doubles, except that whole numbers stay exact beside an integer beyond 2^53. */
export function calculate(sign: Sign, left: Numeric, right: Numeric): Numeric {
  if ((sign === '/' || sign === '%') && Number(right) === 0) throw new Problem('division by zero');
  const isExact = (typeof left === 'bigint' || typeof right === 'bigint') && isWhole(left) && isWhole(right);
  const result =
    isExact && sign !== '/'
      ? narrow(ON_INTEGERS[sign](BigInt(left), BigInt(right)))
      : ON_DOUBLES[sign](Number(left), Number(right));
  // Infinity may come out only where it went in.
  if (isBounded(left) && isBounded(right) && !isBounded(result))
    throw new Problem('the result is too large for a number');
  return result;
}

const isBounded = (value: Numeric): boolean => Number.isFinite(Number(value));
const isWhole = (value: Numeric): boolean => typeof value === 'bigint' || Number.isInteger(value);

/** Undefined when these are not numbers. */
function arithmetic(sign: Sign): (left: unknown, right: unknown) => Numeric | undefined {
  const onDoubles = ON_DOUBLES[sign];
  return (left, right) => {
    if (typeof left === 'number' && typeof right === 'number') {
      const result = onDoubles(left, right);
      // Adding 0 turns -0 into 0: in JSON there is but one.
      if (Number.isFinite(result)) return result + 0;
    }
    return isNumeric(left) && isNumeric(right) ? calculate(sign, left, right) : undefined;
  };
}

const addNumbers = arithmetic('+');

function add(left: unknown, right: unknown, frame: Frame): unknown {
  if (typeof left === 'string' && typeof right === 'string') {
    checkLength(left.length + right.length);
    frame.spend((left.length + right.length) / 8);
    return left + right;
  }
  if (Array.isArray(left) && Array.isArray(right)) {
    frame.spend(left.length + right.length);
    return [...left, ...right];
  }
  return addNumbers(left, right);
}

function ordered(test: (left: Numeric | string, right: Numeric | string) => boolean): Apply {
  return (left, right, frame) => {
    if (isNumeric(left) && isNumeric(right)) return test(left, right);
    if (typeof left !== 'string' || typeof right !== 'string') return undefined;
    frame.spend(Math.min(left.length, right.length) / 64);
    return test(left, right);
  };
}

/** Undefined when it does not know these operands. */
type Apply = (left: unknown, right: unknown, frame: Frame) => unknown;

/** An operator between two values of the same kind, one of `kinds`; `takes` says so in words. */
function between(kinds: readonly Kind[], takes: string, result: StaticKind | 'same', apply: Apply): Operator {
  const fits = (kind: StaticKind): boolean => kind === 'any' || kinds.includes(kind);
  const check = (left: StaticKind, right: StaticKind): StaticKind => {
    const sameKind = left === right || left === 'any' || right === 'any';
    if (fits(left) && fits(right) && sameKind) return result !== 'same' ? result : left === 'any' ? right : left;
    const isMixed = (left === 'string' && right === 'number') || (left === 'number' && right === 'string');
    const next = isMixed ? 'convert one of them: string(…) or double(…)' : undefined;
    throw new Problem(`${takes}, not ${A_KIND[left]} and ${A_KIND[right]}`, next);
  };
  return { check, apply: (left, right, frame) => apply(left, right, frame) ?? check(kindOf(left), kindOf(right)) };
}

/**
 * Deep equality by value. Values of different kinds are not equal; a number equals an integer beyond 2^53 only when
 * they are exactly the same.
 */
export function equals(left: unknown, right: unknown, frame: Frame): boolean {
  if (typeof left === 'string' && typeof right === 'string') {
    if (left.length === right.length) frame.spend(left.length / 64);
    return left === right;
  }
  if (isNumeric(left) && isNumeric(right)) return left <= right && left >= right;
  if (left === right) return true;
  if (Array.isArray(left)) {
    if (!Array.isArray(right) || left.length !== right.length) return false;
    frame.spend(left.length);
    return left.every((item, index) => equals(item, right[index], frame));
  }
  if (!isMap(left) || !isMap(right)) return false;
  const keys = Object.keys(left);
  frame.spend(keys.length);
  if (keys.length !== Object.keys(right).length) return false;
  return keys.every((key) => Object.hasOwn(right, key) && equals(left[key], right[key], frame));
}

/** The key that a scalar names in a map: `counts[5]` is `counts["5"]`. */
export function keyOf(value: unknown): string {
  const kind = kindOf(value);
  if (kind === 'string' || kind === 'number' || kind === 'boolean') return String(value);
  throw new Problem(`a key is a string, not ${A_KIND[kind]}`);
}

const membership: Operator = {
  check: (_, right) => {
    if (right === 'any' || right === 'list' || right === 'map') return 'boolean';
    const next = right === 'string' ? 'write text.contains(part)' : undefined;
    throw new Problem(`"in" looks in a list or a map, not in ${A_KIND[right]}`, next);
  },
  apply: (left, right, frame) => {
    if (Array.isArray(right)) {
      frame.spend(right.length);
      return right.some((item) => equals(left, item, frame));
    }
    return isMap(right) ? Object.hasOwn(right, keyOf(left)) : membership.check('any', kindOf(right));
  },
};

const numbers = (sign: Sign): Operator =>
  between(['number'], `"${sign}" takes two numbers`, 'number', arithmetic(sign));

const order = (sign: string, test: (left: Numeric | string, right: Numeric | string) => boolean): Operator =>
  between(['number', 'string'], `"${sign}" compares two numbers or two strings`, 'boolean', ordered(test));

export const OPERATORS = {
  '+': between(['number', 'string', 'list'], '"+" takes two numbers, two strings or two lists', 'same', add),
  '-': numbers('-'),
  '*': numbers('*'),
  '/': numbers('/'),
  '%': numbers('%'),
  '<': order('<', (left, right) => left < right),
  '<=': order('<=', (left, right) => left <= right),
  '>': order('>', (left, right) => left > right),
  '>=': order('>=', (left, right) => left >= right),
  '==': { check: () => 'boolean', apply: equals },
  '!=': { check: () => 'boolean', apply: (left, right, frame) => !equals(left, right, frame) },
  in: membership,
} as const satisfies Readonly<Record<string, Operator>>;
