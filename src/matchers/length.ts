import { defineMatcher } from '../contracts/matcher.js';
import { countCharacters, formatValue, isMap } from '../format/value.js';

export const length = defineMatcher({
  name: '$length',
  summary: 'The number of characters of a string, items of a list or keys of a map.',
  operand: {
    type: ['integer', 'object'],
    minimum: 0,
    minProperties: 1,
    description: 'a whole number, or what the length must match',
  },
  examples: [3, { $gte: 2 }],
  nested: 'one',
  mismatch(operand, actual, match) {
    const size = lengthOf(actual);
    if (size === undefined) return `a string, a list or a map of length ${formatValue(operand)}`;
    const [first] = match(operand, size);
    return first && `length ${first.expected}, not ${size}`;
  },
});

function lengthOf(value: unknown): number | undefined {
  if (typeof value === 'string') return countCharacters(value);
  if (Array.isArray(value)) return value.length;
  return isMap(value) ? Object.keys(value).length : undefined;
}
