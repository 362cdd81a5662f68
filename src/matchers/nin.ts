import { defineMatcher } from '../contracts/matcher.js';
import { formatValue } from '../format/value.js';
import { equal } from './equal.js';

export const nin = defineMatcher({
  name: '$nin',
  summary: 'There, but equal to no value of a list.',
  operand: { type: 'array', minItems: 1, description: 'a list of at least one value' },
  examples: [['failed', 'lost']],
  mismatch(operand, actual, match) {
    const outside =
      actual !== undefined && Array.isArray(operand) && !operand.some((value) => equal(value, actual, match));
    return outside ? undefined : `a value that is none of ${formatValue(operand)}`;
  },
});
