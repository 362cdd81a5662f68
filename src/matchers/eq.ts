import { defineMatcher } from '../contracts/matcher.js';
import { formatValue } from '../format/value.js';
import { equal } from './equal.js';

export const eq = defineMatcher({
  name: '$eq',
  summary: 'Equal with its type, in every key and item; keys that begin with `$` are data here.',
  operand: { description: 'any value' },
  examples: [3, { id: 1, tags: [] }],
  quantity: true,
  mismatch(operand, actual, match) {
    return equal(operand, actual, match) ? undefined : `exactly ${formatValue(operand)}`;
  },
});
