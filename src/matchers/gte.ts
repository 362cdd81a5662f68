import { defineMatcher } from '../contracts/matcher.js';
import { orderedOperand, orderMismatch } from './order.js';

export const gte = defineMatcher({
  name: '$gte',
  summary: 'At least a number, or not before a string.',
  operand: orderedOperand,
  examples: [1, '500/s'],
  quantity: true,
  mismatch(operand, actual) {
    return orderMismatch('at least', operand, actual, (left, right) => left >= right);
  },
});
