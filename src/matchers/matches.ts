import { defineMatcher } from '../contracts/matcher.js';
import { formatValue } from '../format/value.js';
import { compilePattern } from './pattern.js';

export const matches = defineMatcher({
  name: '$matches',
  summary: "A string in which a regular expression (RE2's syntax) is found; `^…$` for the whole.",
  operand: { type: 'string', minLength: 1, description: 'a regular expression' },
  examples: ['^user:[0-9]+$', '(?i)timeout'],
  check: checkPattern,
  mismatch(operand, actual) {
    const found = typeof operand === 'string' && typeof actual === 'string' && compilePattern(operand).test(actual);
    return found ? undefined : `a string matching ${formatValue(operand)}`;
  },
});

/** Why a text is no regular expression; undefined for a valid one. */
export function checkPattern(operand: unknown): string | undefined {
  try {
    compilePattern(String(operand));
    return undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : String(error);
    return `invalid regular expression: ${reason}`;
  }
}
