import { defineMatcher } from '../contracts/matcher.js';
import { matches as isFound, loadPatterns } from '../expression/patterns.js';
import { formatValue } from '../format/value.js';

export const matches = defineMatcher({
  name: '$matches',
  summary: "A string in which a regular expression (RE2's syntax) is found; `^…$` for the whole.",
  operand: { type: 'string', minLength: 1, description: 'a regular expression' },
  examples: ['^user:[0-9]+$', '(?i)timeout'],
  prepare: loadPatterns,
  check: checkPattern,
  mismatch(operand, actual) {
    const found = typeof operand === 'string' && typeof actual === 'string' && isFound(actual, operand);
    return found ? undefined : `a string matching ${formatValue(operand)}`;
  },
});

function checkPattern(operand: unknown): string | undefined {
  try {
    isFound('', String(operand));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
