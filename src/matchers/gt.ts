import { defineMatcher } from '../contracts/matcher.js';
import { orderedOperand, orderMismatch } from './order.js';

export const gt = defineMatcher({
  name: '$gt',
  summary: 'Greater than a number, or after a string.',
  operand: orderedOperand,
  examples: [0, '20ms'],
  quantity: true,
  mismatch(operand, actual) {
    return orderMismatch('greater than', operand, actual, (left, right) => left > right);
  },
});
