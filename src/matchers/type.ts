import { defineMatcher } from '../contracts/matcher.js';
import { isMap } from '../format/value.js';

const TYPES = ['integer', 'number', 'string', 'boolean', 'null', 'list', 'map', 'error', 'bytes'] as const;
const oneType = { type: 'string', enum: TYPES };

export const type = defineMatcher({
  name: '$type',
  summary: 'The type of a value; an integer is a number too. `error` is an error reply, `bytes` are not UTF-8.',
  operand: {
    anyOf: [oneType, { type: 'array', minItems: 1, items: oneType }],
    description: `a type or a list of types: ${TYPES.join(', ')}`,
  },
  examples: ['integer', ['string', 'null']],
  mismatch(operand, actual) {
    const allowed: unknown[] = Array.isArray(operand) ? operand : [operand];
    const found = typeOf(actual);
    if (allowed.includes(found) || (found === 'integer' && allowed.includes('number'))) return undefined;
    return `type ${allowed.join(' or ')}${found === undefined ? '' : `, not ${found}`}`;
  },
});

function typeOf(value: unknown): (typeof TYPES)[number] | undefined {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'list';
  if (isMap(value)) return typeOfMap(value);
  if (typeof value === 'bigint' || Number.isInteger(value)) return 'integer';
  const scalar = typeof value;
  return scalar === 'number' || scalar === 'string' || scalar === 'boolean' ? scalar : undefined;
}

/** Replies that JSON has no type for are maps of one fixed key. */
function typeOfMap(map: Readonly<Record<string, unknown>>): 'error' | 'bytes' | 'map' {
  const [key, ...others] = Object.keys(map);
  if (others.length > 0) return 'map';
  const value = key === undefined ? undefined : map[key];
  if (key === 'base64' && typeof value === 'string') return 'bytes';
  const isError =
    key === 'error' && isMap(value) && typeof value.code === 'string' && typeof value.message === 'string';
  return isError ? 'error' : 'map';
}
