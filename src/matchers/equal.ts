import type { Match } from '../contracts/matcher.js';
import { isMap } from '../format/value.js';

/** Equal in every key and item, where a plain expectation asks for a part only. No key is an operator here. */
export function equal(expected: unknown, actual: unknown, match: Match): boolean {
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) return false;
    return expected.every((item, index) => equal(item, actual[index], match));
  }
  if (isMap(expected)) {
    if (!isMap(actual)) return false;
    const keys = Object.keys(expected);
    return (
      keys.length === Object.keys(actual).length &&
      keys.every((key) => Object.hasOwn(actual, key) && equal(expected[key], actual[key], match))
    );
  }
  return match(expected, actual).length === 0;
}
