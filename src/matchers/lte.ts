import { defineMatcher } from '../contracts/matcher.js';
import { orderedOperand, orderMismatch } from './order.js';

export const lte = defineMatcher({
  name: '$lte',
  summary: 'At most a number, or not after a string.',
  operand: orderedOperand,
  examples: [100, '1KiB'],
  quantity: true,
  mismatch(operand, actual) {
    return orderMismatch('at most', operand, actual, (left, right) => left <= right);
  },
});
