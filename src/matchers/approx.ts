import { defineMatcher } from '../contracts/matcher.js';
import { parseQuantity, QUANTITY_PATTERNS } from '../format/quantity.js';
import { formatValue, isMap } from '../format/value.js';

export const approx = defineMatcher({
  name: '$approx',
  summary: 'A number within a tolerance: a number, a share of the value, or a millionth of it when none is given.',
  operand: {
    type: ['number', 'string', 'object'],
    properties: { value: { type: ['number', 'string'] }, tolerance: { type: ['number', 'string'], minimum: 0 } },
    required: ['value', 'tolerance'],
    additionalProperties: false,
    description: 'a number, or { value, tolerance } with a number or a share such as 5%',
  },
  examples: [0.3, { value: 100, tolerance: '5%' }, { value: '20ms', tolerance: 2 }],
  quantity: true,
  check(operand) {
    const { value, tolerance } = isMap(operand) ? operand : { value: operand, tolerance: 0 };
    if (typeof value === 'string' && !isQuantity(value))
      return `${formatValue(value)} is neither a number nor a quantity`;
    if (typeof tolerance !== 'string' || isQuantity(tolerance)) return undefined;
    return `the tolerance ${formatValue(tolerance)} is neither a number nor a share such as 5%`;
  },
  mismatch(operand, actual) {
    const { value, tolerance } = isMap(operand) ? operand : { value: operand, tolerance: undefined };
    const center = toNumber(value);
    const number = toNumber(actual);
    const margin = center === undefined ? undefined : marginOf(center, tolerance);
    if (center === undefined || margin === undefined) return `a number near ${formatValue(operand)}`;
    const expected = `${center} ± ${Number(margin.toPrecision(6))}`;
    if (number === undefined) return `a number, ${expected}`;
    return number === center || Math.abs(number - center) <= margin ? undefined : expected;
  },
});

const toNumber = (value: unknown): number | undefined =>
  typeof value === 'number' || typeof value === 'bigint' ? Number(value) : undefined;

function marginOf(center: number, tolerance: unknown): number | undefined {
  // As pytest.approx: the absolute part lets a rounding error pass for 0.
  if (tolerance === undefined) return Math.max(Math.abs(center) * 1e-6, 1e-12);
  if (typeof tolerance !== 'string') return toNumber(tolerance);
  const share = parseQuantity('share', tolerance);
  return share === undefined ? undefined : Math.abs(center) * share;
}

const ANY_QUANTITY = new RegExp(`^(?:${Object.values(QUANTITY_PATTERNS).join('|')})$`);
const isQuantity = (text: string): boolean => ANY_QUANTITY.test(text);
