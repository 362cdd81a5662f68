import { formatValue } from '../format/value.js';

/** What `$gt` and its kind take. */
export const orderedOperand = { type: ['number', 'string'], description: 'a number, a quantity or a string' } as const;

type Ordered = number | bigint | string;

const isOrdered = (value: unknown): value is Ordered =>
  typeof value === 'number' || typeof value === 'bigint' || typeof value === 'string';

/** Compares numbers with numbers and strings with strings; values of two types have no order. */
export function orderMismatch(
  words: string,
  operand: unknown,
  actual: unknown,
  holds: (actual: Ordered, operand: Ordered) => boolean,
): string | undefined {
  const expected = `${words} ${formatValue(operand)}`;
  const type = typeof operand === 'string' ? 'string' : 'number';
  if (!isOrdered(operand) || !isOrdered(actual)) return `a ${type} ${expected}`;
  if ((typeof actual === 'string') !== (type === 'string')) return `a ${type} ${expected}`;
  return holds(actual, operand) ? undefined : expected;
}
