import { defineMatcher } from '../contracts/matcher.js';
import { orderedOperand, orderMismatch } from './order.js';

export const lt = defineMatcher({
  name: '$lt',
  summary: 'Less than a number, or before a string.',
  operand: orderedOperand,
  examples: [100, '20ms'],
  quantity: true,
  mismatch(operand, actual) {
    return orderMismatch('less than', operand, actual, (left, right) => left < right);
  },
});
