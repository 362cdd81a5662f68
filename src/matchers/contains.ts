import { defineMatcher } from '../contracts/matcher.js';
import { formatValue } from '../format/value.js';

export const contains = defineMatcher({
  name: '$contains',
  summary: 'A string with this part, or a list with an item that matches.',
  operand: { description: 'a part of a string, or what an item must match' },
  examples: ['timeout', { reason: 'attempts' }],
  nested: 'one',
  mismatch(operand, actual, match) {
    const expected = formatValue(operand);
    if (typeof actual === 'string') {
      return typeof operand === 'string' && actual.includes(operand) ? undefined : `a string containing ${expected}`;
    }
    if (Array.isArray(actual)) {
      const found = actual.some((item) => match(operand, item).length === 0);
      return found ? undefined : `a list containing ${expected}`;
    }
    return typeof operand === 'string' ? `a string or a list containing ${expected}` : `a list containing ${expected}`;
  },
});
