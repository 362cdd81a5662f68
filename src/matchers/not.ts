import { defineMatcher } from '../contracts/matcher.js';
import { formatValue } from '../format/value.js';

export const not = defineMatcher({
  name: '$not',
  summary: 'There, but not what the operand asks for.',
  operand: { description: 'what the value must not match' },
  examples: [{ $matches: '^tmp:' }, { $contains: 'error' }],
  nested: 'one',
  mismatch(operand, actual, match) {
    const differs = actual !== undefined && match(operand, actual).length > 0;
    return differs ? undefined : `a value that does not match ${formatValue(operand)}`;
  },
});
