import type { Match, Matcher } from '../contracts/matcher.js';
import type { Mismatch } from '../contracts/result.js';
import { ScenarioError } from '../errors.js';
import { plural } from '../format/text.js';
import { formatValue, isMap } from '../format/value.js';

type Matchers = ReadonlyMap<string, Matcher>;

/** Where an actual value is not what was expected: nothing when it matches. Raises a ScenarioError. */
export function findMismatches(expected: unknown, actual: unknown, matchers: Matchers): readonly Mismatch[] {
  const match: Match = (expected, actual) => matchValue(expected, actual, matchers, match);
  return match(expected, actual);
}

function matchValue(expected: unknown, actual: unknown, matchers: Matchers, match: Match): readonly Mismatch[] {
  if (Array.isArray(expected)) return matchList(expected, actual, match);
  if (!isMap(expected)) return sameScalar(expected, actual) ? [] : one(formatValue(expected), expected, actual);
  const keys = Object.keys(expected);
  if (keys.length > 0 && keys.every((key) => key.startsWith('$'))) {
    return keys.flatMap((name) => matchOperator(matcherOf(name, matchers), expected[name], actual, match));
  }
  return matchMap(expected, actual, match);
}

function matchMap(expected: Readonly<Record<string, unknown>>, actual: unknown, match: Match): readonly Mismatch[] {
  // Below a missing path every path is missing, so that `$exists: false` holds there and nothing else does.
  const keys = Object.keys(expected);
  if (!isMap(actual) && (actual !== undefined || keys.length === 0)) return one('a map', expected, actual);
  return keys.flatMap((key) =>
    below(key, match(expected[key], isMap(actual) && Object.hasOwn(actual, key) ? actual[key] : undefined)),
  );
}

function matchList(expected: readonly unknown[], actual: unknown, match: Match): readonly Mismatch[] {
  const length = `a list of ${plural(expected.length, 'item')}`;
  if (!Array.isArray(actual)) return one(length, expected, actual);
  if (actual.length !== expected.length) return one(`${length}, not ${actual.length}`, expected, actual, 'length');
  return expected.flatMap((item, index) => below(index, match(item, actual[index])));
}

function matchOperator(matcher: Matcher, operand: unknown, actual: unknown, match: Match): readonly Mismatch[] {
  const { name } = matcher;
  const reason = matcher.check?.(operand);
  if (reason !== undefined) throw new ScenarioError(`${name}: ${reason}`);
  let found = matcher.mismatch(operand, actual, match);
  if (found === undefined && actual === undefined && !matcher.judgesMissing) found = `a value for ${name}`;
  if (found === undefined) return [];
  const mismatches = typeof found === 'string' ? one(found, operand, actual, name) : found;
  return mismatches.map((mismatch) => ({ ...mismatch, expectationPath: [name, ...mismatch.expectationPath] }));
}

function matcherOf(name: string, matchers: Matchers): Matcher {
  const matcher = matchers.get(name);
  if (matcher) return matcher;
  // Those that stand in the file were checked and loaded before the run.
  throw new ScenarioError(`the operator ${formatValue(name)} comes from an expression`, {
    next: 'Write operators in the file itself. To compare data whose keys begin with "$", use $eq.',
  });
}

/** Equal with its type. A bigint is a number of the same value, and NaN is NaN. */
function sameScalar(expected: unknown, actual: unknown): boolean {
  if (actual === undefined) return false;
  if (typeof expected === 'bigint' && typeof actual === 'number') return sameScalar(actual, expected);
  if (typeof expected === 'number' && typeof actual === 'bigint') {
    return Number.isInteger(expected) && BigInt(expected) === actual;
  }
  return expected === actual || (Number.isNaN(expected) && Number.isNaN(actual));
}

const one = (expected: string, expectedValue: unknown, actual: unknown, kind = 'equal'): [Mismatch] => [
  { path: [], expectationPath: [], kind: actual === undefined ? 'missing' : kind, expected, expectedValue, actual },
];

const below = (key: string | number, mismatches: readonly Mismatch[]): readonly Mismatch[] =>
  mismatches.map((mismatch) => ({
    ...mismatch,
    path: [key, ...mismatch.path],
    expectationPath: [key, ...mismatch.expectationPath],
  }));
