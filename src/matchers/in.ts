import { defineMatcher } from '../contracts/matcher.js';
import { formatValue } from '../format/value.js';
import { equal } from './equal.js';

const isIn = defineMatcher({
  name: '$in',
  summary: 'Equal to one value of a list.',
  operand: { type: 'array', minItems: 1, description: 'a list of at least one value' },
  examples: [
    ['list', 'stream'],
    [1, null],
  ],
  mismatch(operand, actual, match) {
    const found = Array.isArray(operand) && operand.some((value) => equal(value, actual, match));
    return found ? undefined : `one of ${formatValue(operand)}`;
  },
});

export { isIn as in };
