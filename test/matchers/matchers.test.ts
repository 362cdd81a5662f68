import { beforeAll, describe, expect, it, test } from 'vitest';
import { findMismatches } from '../../src/engine/match.js';
import { formatPath } from '../../src/format/path.js';
import { formatValue } from '../../src/format/value.js';
import { checkExpectation } from '../../src/scenario/expectation.js';
import { matchers } from './support.js';

const MISSING = undefined;
const error = { error: { code: 'WRONGTYPE', message: 'Operation against a key' } };
const bytes = { base64: '/w==' };

type Accepted = readonly [operand: unknown, actual: unknown];
type Rejected = readonly [operand: unknown, actual: unknown, ...said: string[]];
interface Table {
  readonly accepts: readonly Accepted[];
  /** With what was expected, each with its path when it isn't the value itself. */
  readonly rejects: readonly Rejected[];
}

const TABLES: Record<string, Table> = {
  $eq: {
    accepts: [
      [1, 1],
      ['', ''],
      [null, null],
      [5, 5n],
      [9007199254740993n, 9007199254740993n],
      [Number.NaN, Number.NaN],
      [0, -0],
      [
        { a: 1, b: [1, { c: null }] },
        { b: [1, { c: null }], a: 1 },
      ],
      [{ $gt: 3 }, { $gt: 3 }],
      [[], []],
    ],
    rejects: [
      [1, '1', 'exactly 1'],
      [null, '', 'exactly null'],
      [null, 0, 'exactly null'],
      [true, 1, 'exactly true'],
      [0.5, 1n, 'exactly 0.5'],
      [9007199254740992, 9007199254740993n, 'exactly 9007199254740992'],
      [{ a: 1 }, { a: 1, b: 2 }, 'exactly { a: 1 }'],
      [{ toString: 1 }, {}, 'exactly { toString: 1 }'],
      [{ $gt: 3 }, 4, 'exactly { $gt: 3 }'],
      [[1, 2], [2, 1], 'exactly [1, 2]'],
      [[1], { 0: 1, length: 1 }, 'exactly [1]'],
      [{}, [], 'exactly {}'],
      [1, MISSING, 'exactly 1'],
      [null, MISSING, 'exactly null'],
    ],
  },
  $ne: {
    accepts: [
      [1, '1'],
      [1, null],
      [{ a: 1 }, { a: 1, b: 2 }],
    ],
    rejects: [
      [1, 1, 'a value other than 1'],
      [5, 5n, 'a value other than 5'],
      [1, MISSING, 'a value other than 1'],
    ],
  },
  $gt: {
    accepts: [
      [3, 3.1],
      [3, 9007199254740993n],
      ['a', 'b'],
      [-1, 0],
    ],
    rejects: [
      [3, 3, 'greater than 3'],
      [3, 2n, 'greater than 3'],
      [9007199254740992, 9007199254740992n, 'greater than 9007199254740992'],
      [3, '4', 'a number greater than 3'],
      ['3', 4, 'a string greater than "3"'],
      ['20ms', 40, 'a string greater than "20ms"'],
      [3, null, 'a number greater than 3'],
      [3, Number.NaN, 'greater than 3'],
      [3, [4], 'a number greater than 3'],
      [true, 2, 'a number greater than true'],
      [3, MISSING, 'a number greater than 3'],
    ],
  },
  $gte: {
    accepts: [
      [3, 3],
      [3, 3n],
      ['b', 'b'],
    ],
    rejects: [
      [3, 2, 'at least 3'],
      ['b', 'a', 'at least "b"'],
    ],
  },
  $lt: {
    accepts: [
      [3, 2],
      ['b', 'a'],
    ],
    rejects: [
      [3, 3, 'less than 3'],
      [3, MISSING, 'a number less than 3'],
    ],
  },
  $lte: {
    accepts: [
      [3, 3],
      ['a', 'a'],
    ],
    rejects: [
      [3, 4, 'at most 3'],
      [3, '3', 'a number at most 3'],
    ],
  },
  $in: {
    accepts: [
      [[1, null], null],
      [['a', { b: 1 }], { b: 1 }],
    ],
    rejects: [
      [[1, 2], '1', 'one of [1, 2]'],
      [[{ b: 1 }], { b: 1, c: 2 }, 'one of [{ b: 1 }]'],
      ['abc', 'a', 'one of "abc"'],
      [[null], MISSING, 'one of [null]'],
    ],
  },
  $nin: {
    accepts: [
      [[1, 2], 3],
      [[1, 2], '1'],
      [[1], null],
    ],
    rejects: [
      [[1, 2], 2, 'a value that is none of [1, 2]'],
      ['abc', 'd', 'a value that is none of "abc"'],
      [[1], MISSING, 'a value that is none of [1]'],
    ],
  },
  $matches: {
    accepts: [
      ['b+', 'abbc'],
      ['^user:\\d+$', 'user:12'],
      ['(?i)TIMEOUT', 'a timeout'],
    ],
    rejects: [
      ['^b', 'ab', 'a string matching "^b"'],
      ['^1$', 1, 'a string matching "^1$"'],
      ['a', ['a'], 'a string matching "a"'],
      ['', MISSING, 'a string matching ""'],
    ],
  },
  $contains: {
    accepts: [
      ['b', 'abc'],
      [2, [1, 2]],
      [{ reason: 'x' }, [{ id: 1, reason: 'x' }]],
      [{ $gt: 5 }, [1, 9]],
    ],
    rejects: [
      ['d', 'abc', 'a string containing "d"'],
      [1, '1', 'a string containing 1'],
      [3, [1, '3'], 'a list containing 3'],
      ['a', [], 'a list containing "a"'],
      ['a', { a: 1 }, 'a string or a list containing "a"'],
      [1, 1, 'a list containing 1'],
      ['a', MISSING, 'a string or a list containing "a"'],
    ],
  },
  $length: {
    accepts: [
      [3, 'abc'],
      [1, '🙂'],
      [2, [1, 2]],
      [1, { a: 1 }],
      [{ $gte: 2, $lt: 4 }, [1, 2, 3]],
      [0, ''],
    ],
    rejects: [
      [3, 'ab', 'length 3, not 2'],
      [{ $gte: 2 }, [1], 'length at least 2, not 1'],
      [1, 1, 'a string, a list or a map of length 1'],
      [0, null, 'a string, a list or a map of length 0'],
      [0, MISSING, 'a string, a list or a map of length 0'],
    ],
  },
  $type: {
    accepts: [
      ['integer', 1],
      ['integer', 9007199254740993n],
      ['number', 1],
      ['number', 1.5],
      ['number', 1n],
      ['number', Number.POSITIVE_INFINITY],
      ['string', ''],
      ['boolean', false],
      ['null', null],
      ['list', []],
      ['map', {}],
      ['map', { error: 'text' }],
      ['map', { base64: 'YQ==', more: 1 }],
      ['error', error],
      ['bytes', bytes],
      [['string', 'null'], null],
    ],
    rejects: [
      ['integer', 1.5, 'type integer, not number'],
      ['string', 1, 'type string, not integer'],
      ['map', [], 'type map, not list'],
      ['map', error, 'type map, not error'],
      ['map', bytes, 'type map, not bytes'],
      ['string', bytes, 'type string, not bytes'],
      [['string', 'null'], true, 'type string or null, not boolean'],
      ['null', MISSING, 'type null'],
    ],
  },
  $exists: {
    accepts: [
      [true, null],
      [true, 0],
      [false, MISSING],
    ],
    rejects: [
      [true, MISSING, 'any value'],
      [false, null, 'nothing here'],
      ['yes', 1, 'any value'],
    ],
  },
  $approx: {
    accepts: [
      [0.3, 0.1 + 0.2],
      [0, 1e-13],
      [1_000_000, 1_000_001n],
      [{ value: 100, tolerance: 5 }, 95],
      [{ value: 100, tolerance: '5%' }, 105],
      [{ value: -100, tolerance: '5%' }, -96],
      [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
    ],
    rejects: [
      [0.3, 0.31, '0.3 ± 3e-7'],
      [{ value: 100, tolerance: 5 }, 94, '100 ± 5'],
      [{ value: 100, tolerance: '5%' }, 106, '100 ± 5'],
      [{ value: 100, tolerance: 5 }, '100', 'a number, 100 ± 5'],
      ['20ms', 20, 'a number near "20ms"'],
      [1, Number.NaN, '1 ± 0.000001'],
      [0, MISSING, 'a number, 0 ± 1e-12'],
    ],
  },
  $every: {
    accepts: [
      [{ $gt: 0 }, [1, 2]],
      [{ a: 1 }, [{ a: 1, b: 2 }]],
    ],
    rejects: [
      [{ $gt: 1 }, [2, 1, 0], '[1] greater than 1', '[2] greater than 1'],
      [{ a: 1 }, [{ a: 1 }, { a: 2 }, {}], '[1].a 1', '[2].a 1'],
      [{ $gt: 0 }, [], 'at least one item, and each to match { $gt: 0 }'],
      [1, { a: 1 }, 'a list whose every item matches 1'],
      [{ $exists: false }, MISSING, 'a list whose every item matches { $exists: false }'],
    ],
  },
  $some: {
    accepts: [[{ $gt: 1 }, [0, 2]]],
    rejects: [
      [{ $gt: 1 }, [0, 1], 'a list with an item that matches { $gt: 1 }'],
      [1, [], 'a list with an item that matches 1'],
      ['a', 'a', 'a list with an item that matches "a"'],
      [{ $exists: false }, MISSING, 'a list with an item that matches { $exists: false }'],
    ],
  },
  $sameItems: {
    accepts: [
      [[], []],
      [
        [1, 2, 2],
        [2, 1, 2],
      ],
      [[5], [5n]],
      [
        [{ a: 1 }, { a: 2 }],
        [{ a: 2, b: 0 }, { a: 1 }],
      ],
      // A greedy pairing gives 3 to the first and then has nothing for the second.
      [
        [{ $gt: 1 }, { $gt: 2 }, { $gt: 0 }],
        [3, 2, 1],
      ],
      [
        [{ $gt: 1 }, 5],
        [5, 7],
      ],
      [
        [Number.NaN, null, 'null'],
        ['null', Number.NaN, null],
      ],
    ],
    rejects: [
      [[1, 2, 2], [1, 1, 2], 'the items of [1, 2, 2] in any order: [2] is missing, [1] is too much'],
      [[1], ['1'], 'the items of [1] in any order: [1] is missing, ["1"] is too much'],
      [[1], [1, 1], 'the items of [1] in any order: [1] is too much'],
      [
        [{ $gt: 2 }, { $gt: 2 }],
        [1, 3],
        'the items of [{ $gt: 2 }, { $gt: 2 }] in any order: [{ $gt: 2 }] is missing, [1] is too much',
      ],
      [['a'], 'a', 'the items of ["a"] in any order'],
      [[], MISSING, 'the items of [] in any order'],
    ],
  },
  $not: {
    accepts: [
      [1, 2],
      [{ $matches: '^a' }, 'b'],
      [{ a: 1 }, {}],
      [{ $not: 1 }, 1],
      [1, null],
    ],
    rejects: [
      [{ $gt: 3 }, 4, 'a value that does not match { $gt: 3 }'],
      [1, MISSING, 'a value that does not match 1'],
      [{ $exists: true }, MISSING, 'a value that does not match { $exists: true }'],
    ],
  },
  $schema: {
    accepts: [
      [{ type: 'object', required: ['id'] }, { id: 1 }],
      [{ type: 'integer' }, 9007199254740993n],
      [{ type: 'array', items: { $ref: '#/$defs/word' }, $defs: { word: { pattern: '^[a-z]+$' } } }, ['a', 'bc']],
      [{ allOf: [{ pattern: '^a' }, { pattern: 'b$' }] }, 'a to b'],
      [{ format: 'email' }, 'not checked'],
      [{ minimum: 9007199254740993n }, 9007199254740994n],
      [{ $id: 'https://example.com/a', type: 'string' }, 'a'],
      [{ $id: 'https://example.com/a', type: 'integer' }, 1],
    ],
    rejects: [
      [{ type: 'string' }, 1, 'a value that is valid by the schema, but it must be string'],
      [
        { properties: { items: { items: { required: ['id'] } } } },
        { items: [{ id: 1 }, {}] },
        "a value that is valid by the schema, but items[1] must have required property 'id'",
      ],
      [
        { properties: { 'a/b~c': { enum: ['x', 'y'] } } },
        { 'a/b~c': 'z' },
        'a value that is valid by the schema, but ["a/b~c"] must be equal to one of the allowed values: ["x", "y"]',
      ],
      [
        { properties: { a: {} }, additionalProperties: false },
        { a: 1, b: 2 },
        'a value that is valid by the schema, but it must NOT have additional properties: "b"',
      ],
      [
        { anyOf: [{ type: 'string' }, { type: 'null' }] },
        1,
        'a value that is valid by the schema, but it must match a schema in anyOf',
      ],
      [
        { pattern: '^(a+)+$' },
        `${'a'.repeat(50_000)}!`,
        'a value that is valid by the schema, but it must match pattern "^(a+)+$"',
      ],
      [{ not: { type: 'null' } }, MISSING, 'a value that is valid by the schema'],
    ],
  },
};

beforeAll(async () => {
  for (const matcher of matchers.values()) await matcher.prepare?.();
});

const said = (operand: unknown, name: string, actual: unknown): string[] =>
  findMismatches({ [name]: operand }, actual, matchers).map(({ path, expected }) =>
    [formatPath(path), expected].filter((part) => part !== '').join(' '),
  );

for (const [name, { accepts, rejects }] of Object.entries(TABLES)) {
  describe(name, () => {
    test.each(accepts.map(([operand, actual]) => [formatValue(operand), formatValue(actual), operand, actual]))(
      '%s accepts %s',
      (_, __, operand, actual) => expect(said(operand, name, actual)).toEqual([]),
    );
    test.each(
      rejects.map(([operand, actual, ...texts]) => [formatValue(operand), formatValue(actual), operand, actual, texts]),
    )('%s rejects %s', (_, __, operand, actual, texts) => expect(said(operand, name, actual)).toEqual(texts));
  });
}

it('has a table with a value to reject for each operator of the language', () => {
  const language =
    '$eq $ne $gt $gte $lt $lte $in $nin $matches $contains $length $type $exists $approx $every $some $sameItems $not $schema';
  expect([...matchers.keys()].sort()).toEqual(language.split(' ').sort());
  expect(Object.keys(TABLES).sort()).toEqual(language.split(' ').sort());
});

describe.each([...matchers.values()])('$name', (matcher) => {
  it('has valid examples and says what it takes', () => {
    expect(matcher.summary).toMatch(/\.$/);
    expect(matcher.operand.description).toBeTypeOf('string');
    expect(matcher.examples.length).toBeGreaterThan(0);
    const known = Object.fromEntries(matchers);
    const problems = matcher.examples.flatMap((example) =>
      checkExpectation({ [matcher.name]: example }, known, matchers),
    );
    expect(problems).toEqual([]);
  });

  it('fails on a missing path, but for $exists: false', () => {
    for (const operand of matcher.examples) {
      const passes = matcher.name === '$exists' && operand === false;
      const kinds = findMismatches({ [matcher.name]: operand }, MISSING, matchers).map(({ kind }) => kind);
      expect(kinds).toEqual(passes ? [] : ['missing']);
    }
  });
});

describe('time', () => {
  it('grows linearly with the text for any pattern', () => {
    expect(said('^(a+)+$', '$matches', `${'a'.repeat(200_000)}!`)).toHaveLength(1);
  });

  it('pairs large lists of scalars', () => {
    const items = Array.from({ length: 50_000 }, (_, index) => `item ${index}`);
    expect(said(items, '$sameItems', items.toReversed())).toEqual([]);
  });
});
