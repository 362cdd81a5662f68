import { defineMatcher } from '../contracts/matcher.js';

export const exists = defineMatcher({
  name: '$exists',
  summary: 'Whether the path is there; null is there. `false` is the one operator that a missing path passes.',
  operand: { type: 'boolean', description: 'true or false' },
  examples: [true, false],
  judgesMissing: true,
  mismatch(operand, actual) {
    if (operand === (actual !== undefined)) return undefined;
    return operand === false ? 'nothing here' : 'any value';
  },
});
