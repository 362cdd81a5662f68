import { defineMatcher } from '../contracts/matcher.js';
import { formatValue } from '../format/value.js';
import { equal } from './equal.js';

export const ne = defineMatcher({
  name: '$ne',
  summary: 'There, but not equal to the operand.',
  operand: { description: 'any value' },
  examples: [0, 'failed'],
  quantity: true,
  mismatch(operand, actual, match) {
    const differs = actual !== undefined && !equal(operand, actual, match);
    return differs ? undefined : `a value other than ${formatValue(operand)}`;
  },
});
