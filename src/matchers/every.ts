import { defineMatcher } from '../contracts/matcher.js';
import { formatValue } from '../format/value.js';

export const every = defineMatcher({
  name: '$every',
  summary: 'A list of at least one item, all of which match.',
  operand: { description: 'what each item must match' },
  examples: [{ $gt: 0 }, { reason: 'attempts' }],
  nested: 'one',
  mismatch(operand, actual, match) {
    if (!Array.isArray(actual)) return `a list whose every item matches ${formatValue(operand)}`;
    if (actual.length === 0) return `at least one item, and each to match ${formatValue(operand)}`;
    const mismatches = actual.flatMap((item, index) =>
      match(operand, item).map((mismatch) => ({ ...mismatch, path: [index, ...mismatch.path] })),
    );
    return mismatches.length === 0 ? undefined : mismatches;
  },
});
