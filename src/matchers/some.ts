import { defineMatcher } from '../contracts/matcher.js';
import { formatValue } from '../format/value.js';

export const some = defineMatcher({
  name: '$some',
  summary: 'A list with at least one item that matches.',
  operand: { description: 'what an item must match' },
  examples: [{ $lt: 10 }, { reason: 'attempts' }],
  nested: 'one',
  mismatch(operand, actual, match) {
    const found = Array.isArray(actual) && actual.some((item) => match(operand, item).length === 0);
    return found ? undefined : `a list with an item that matches ${formatValue(operand)}`;
  },
});
