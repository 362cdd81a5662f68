import { beforeAll, describe, expect, it, test } from 'vitest';
import { formatPath } from '../../src/format/path.js';
import { formatValue } from '../../src/format/value.js';
import { checkExpectation } from '../../src/scenario/expectation.js';
import { matchers } from '../matchers/support.js';

const known = Object.fromEntries(matchers);
beforeAll(async () => {
  for (const matcher of matchers.values()) await matcher.prepare?.();
});

describe('valid', () => {
  const table: readonly unknown[] = [
    null,
    1,
    'text',
    [],
    { a: {} },
    { a: { $gt: '20ms' } },
    { a: { $gt: '${{ vars.limit }}' } },
    { a: { $length: '${{ vars.n }}' } },
    { a: { $matches: '(${{ vars.word }}' } },
    { a: { $type: '${{ vars.type }}' } },
    { a: { $in: '${{ vars.words }}' } },
    { a: { $approx: { value: '${{ vars.n }}', tolerance: '5%' } } },
    { a: { $eq: { $ref: 'x', b: 1 } } },
    { a: { $sameItems: [{ b: { $gt: 1 } }] } },
    { a: { $schema: { type: 'object', properties: { $ref: {} } } } },
  ];
  test.each(table.map((expected) => [formatValue(expected), expected]))('%s', (_, expected) =>
    expect(checkExpectation(expected, known, matchers)).toEqual([]),
  );
});

describe('invalid', () => {
  const table: readonly (readonly [expected: unknown, path: string, message: string, next?: string])[] = [
    [{}, '', 'an empty expect is invalid: it proves nothing', 'name a key of the result'],
    [{ a: { $gtt: 3 } }, 'a.$gtt', 'unknown operator "$gtt"', 'did you mean $gt?'],
    [
      { $toString: 3 },
      '$toString',
      'unknown operator "$toString"',
      `the operators are ${[...matchers.keys()].join(' ')}`,
    ],
    [
      { a: { b: 1, $gt: 3 } },
      'a.$gt',
      'the operator $gt stands beside the key "b": a mapping holds operators or keys',
      'put the operator under the key that it judges, or use $eq for data whose keys begin with "$"',
    ],
    [[1, { $gte: true }], '[1].$gte', '$gte takes a number, a quantity or a string, not true', 'for example $gte: 1'],
    [
      { $every: { a: { $in: 'x' } } },
      '$every.a.$in',
      '$in takes a list of at least one value, not "x"',
      'for example $in: ["list", "stream"]',
    ],
    [{ $nin: [] }, '$nin', '$nin takes a list of at least one value, not []', 'for example $nin: ["failed", "lost"]'],
    [
      { $sameItems: [1, { $exists: 1 }] },
      '$sameItems[1].$exists',
      '$exists takes true or false, not 1',
      'for example $exists: true',
    ],
    [
      { $length: -1 },
      '$length',
      '$length takes a whole number, or what the length must match, not -1',
      'for example $length: 3',
    ],
    [
      { $type: ['integer', 'int'] },
      '$type',
      '$type takes a type or a list of types: integer, number, string, boolean, null, list, map, error, bytes, not ["integer", "int"]',
      'for example $type: "integer"',
    ],
    [
      { $approx: { value: 1 } },
      '$approx',
      '$approx takes a number, or { value, tolerance } with a number or a share such as 5%, not { value: 1 }',
      'for example $approx: 0.3',
    ],
    [
      { $approx: { value: 1, tolerance: '5 percent' } },
      '$approx',
      '$approx: the tolerance "5 percent" is neither a number nor a share such as 5%',
      'for example $approx: 0.3',
    ],
    [{ $approx: 'many' }, '$approx', '$approx: "many" is neither a number nor a quantity', 'for example $approx: 0.3'],
    [
      { $matches: '' },
      '$matches',
      '$matches takes a regular expression, not ""',
      'for example $matches: "^user:[0-9]+$"',
    ],
    [
      { $not: { $matches: 'a(?=b)' } },
      '$not.$matches',
      '$matches: "a(?=b)" is not a pattern: invalid or unsupported Perl syntax: `(?=`',
      'for example $matches: "^user:[0-9]+$"',
    ],
    [
      { $schema: { typ: 'string' } },
      '$schema',
      '$schema: invalid JSON Schema: strict mode: unknown keyword: "typ"',
      'for example $schema: { type: "object", required: ["id"], properties: { id: { type: "integer", minimum: 1 } } }',
    ],
    [
      { $schema: { pattern: '(' } },
      '$schema',
      '$schema: invalid JSON Schema: "(" is not a pattern: missing closing ): `(`',
      'for example $schema: { type: "object", required: ["id"], properties: { id: { type: "integer", minimum: 1 } } }',
    ],
  ];
  test.each(table.map(([expected, ...said]) => [formatValue(expected), expected, said] as const))(
    '%s',
    (_, expected, said) => {
      const problems = checkExpectation(expected, known, matchers);
      expect(problems.map(({ path, message, next }) => [formatPath(path), message, next])).toEqual([said]);
    },
  );
});

it('leaves to loaded matchers what only they can judge', () => {
  expect(checkExpectation({ $matches: '(' }, known)).toEqual([]);
});

it('reports every problem', () => {
  const problems = checkExpectation({ a: { $gtt: 1 }, b: { $exists: 'no' }, c: [{ $lenght: 1 }] }, known);
  expect(problems.map(({ path }) => formatPath(path))).toEqual(['a.$gtt', 'b.$exists', 'c[0].$lenght']);
});
