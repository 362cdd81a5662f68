import fc from 'fast-check';
import { beforeAll, describe, expect, it, test } from 'vitest';
import type { Path } from '../../src/contracts/result.js';
import { findMismatches } from '../../src/engine/match.js';
import { ScenarioError } from '../../src/errors.js';
import { formatPath } from '../../src/format/path.js';
import { formatValue } from '../../src/format/value.js';
import { matchers } from '../matchers/support.js';

beforeAll(async () => {
  for (const matcher of matchers.values()) await matcher.prepare?.();
});

const find = (expected: unknown, actual: unknown) => findMismatches(expected, actual, matchers);

describe('accepts', () => {
  const table: readonly (readonly [expected: unknown, actual: unknown])[] = [
    [1, 1],
    [1, 1n],
    [1n, 1],
    [null, null],
    ['', ''],
    [{ a: 1 }, { a: 1, b: 2 }],
    [{}, { a: 1 }],
    [{ a: { b: [1, { c: 2 }] } }, { a: { b: [1, { c: 2, d: 3 }] }, e: null }],
    [[], []],
    [{ $gt: 1, $lt: 3 }, 2],
    [{ a: { $exists: false } }, {}],
    [{ a: { $exists: false } }, { a: undefined }],
    // Below a missing path everything is missing.
    [{ a: { b: { $exists: false } } }, {}],
    [JSON.parse('{"__proto__": 1}'), JSON.parse('{"__proto__": 1}')],
    // Data from an expression, beside a key that is no operator.
    [
      { $ref: 'x', name: 'y' },
      { $ref: 'x', name: 'y' },
    ],
  ];
  test.each(table.map((row) => [formatValue(row[0]), formatValue(row[1]), row] as const))('%s for %s', (_, __, row) =>
    expect(find(...row)).toEqual([]),
  );
});

describe('rejects', () => {
  type Row = readonly [expected: unknown, actual: unknown, path: string, at: string, kind: string, said: string];
  const table: readonly Row[] = [
    [1, '1', '', '', 'equal', '1'],
    ['1', 1, '', '', 'equal', '"1"'],
    [null, '', '', '', 'equal', 'null'],
    [null, undefined, '', '', 'missing', 'null'],
    [0, false, '', '', 'equal', '0'],
    [{ a: 1 }, { a: 2 }, 'a', 'a', 'equal', '1'],
    [{ a: 1 }, {}, 'a', 'a', 'missing', '1'],
    [{ a: 1 }, null, '', '', 'equal', 'a map'],
    [{ a: 1 }, [1], '', '', 'equal', 'a map'],
    [{ a: { b: 1 } }, {}, 'a.b', 'a.b', 'missing', '1'],
    [{ a: { b: { $exists: false } } }, { a: null }, 'a', 'a', 'equal', 'a map'],
    [{}, [], '', '', 'equal', 'a map'],
    [[1], { 0: 1, length: 1 }, '', '', 'equal', 'a list of 1 item'],
    [[1, 2], [1], '', '', 'length', 'a list of 2 items, not 1'],
    [[], [1], '', '', 'length', 'a list of 0 items, not 1'],
    [[1, { a: [2] }], [1, { a: [3] }], '[1].a[0]', '[1].a[0]', 'equal', '2'],
    [{ toString: { $exists: true } }, {}, 'toString', 'toString.$exists', 'missing', 'any value'],
    [JSON.parse('{"__proto__": {}}'), {}, '__proto__', '__proto__', 'missing', 'a map'],
    [{ a: { $gt: 3 } }, { a: 1 }, 'a', 'a.$gt', '$gt', 'greater than 3'],
    [{ a: { $gt: 3 } }, {}, 'a', 'a.$gt', 'missing', 'a number greater than 3'],
    [{ a: { $exists: false } }, { a: null }, 'a', 'a.$exists', '$exists', 'nothing here'],
    [
      { a: { $every: { b: { $lt: 5 } } } },
      { a: [{ b: 1 }, { b: 9 }] },
      'a[1].b',
      'a.$every.b.$lt',
      '$lt',
      'less than 5',
    ],
    [{ a: { $length: { $gte: 2 } } }, { a: [1] }, 'a', 'a.$length', '$length', 'length at least 2, not 1'],
  ];
  test.each(table.map((row) => [formatValue(row[0]), formatValue(row[1]), row] as const))('%s for %s', (_, __, row) => {
    const [expected, actual, path, at, kind, said] = row;
    const found = find(expected, actual).map((mismatch) => [
      formatPath(mismatch.path),
      formatPath(mismatch.expectationPath),
      mismatch.kind,
      mismatch.expected,
    ]);
    expect(found).toEqual([[path, at, kind, said]]);
  });
});

it('finds all mismatches, each with its values', () => {
  expect(find({ a: { $gt: 3, $lt: 1 }, b: [1] }, { a: 2, b: [4] })).toEqual([
    {
      path: ['a'],
      expectationPath: ['a', '$gt'],
      kind: '$gt',
      expected: 'greater than 3',
      expectedValue: 3,
      actual: 2,
    },
    { path: ['a'], expectationPath: ['a', '$lt'], kind: '$lt', expected: 'less than 1', expectedValue: 1, actual: 2 },
    { path: ['b', 0], expectationPath: ['b', 0], kind: 'equal', expected: '1', expectedValue: 1, actual: 4 },
  ]);
});

describe('errors', () => {
  const raised = (expected: unknown) => {
    try {
      return find(expected, 'text');
    } catch (error) {
      return error instanceof ScenarioError ? [error.message, error.details.next] : error;
    }
  };
  it('refuses operators that were not in the file', () => {
    expect(raised({ $ref: 'a' })).toEqual([
      'the operator "$ref" comes from an expression',
      'Write operators in the file itself. To compare data whose keys begin with "$", use $eq.',
    ]);
  });
  it('refuses an operand that became invalid', () => {
    expect(raised({ $matches: '(' })).toEqual(['$matches: "(" is not a pattern: missing closing ): `(`', undefined]);
  });
});

describe('any JSON value', () => {
  const key = fc.string().filter((text) => !text.startsWith('$'));
  const { value: json } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constant(null),
      fc.boolean(),
      fc.double(),
      fc.bigInt(),
      fc.string(),
      fc.array(tie('value'), { maxLength: 5 }),
      fc.dictionary(key, tie('value'), { maxKeys: 5 }),
    ),
  }));

  it('matches itself', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(find(value, structuredClone(value))).toEqual([]);
      }),
    );
  });

  it('has a mismatch at the path of a changed leaf, and nowhere else', () => {
    fc.assert(
      fc.property(json, fc.nat(), (value, choice) => {
        const leaves = [...leavesOf(value, [])];
        const path = leaves[choice % leaves.length];
        fc.pre(path !== undefined);
        expect(find(value, changed(value, path)).map((mismatch) => mismatch.path)).toEqual([path]);
      }),
    );
  });
});

function* leavesOf(value: unknown, path: Path): Generator<Path> {
  if (typeof value !== 'object' || value === null) yield path;
  else if (Array.isArray(value)) for (const [index, item] of value.entries()) yield* leavesOf(item, [...path, index]);
  else for (const [key, item] of Object.entries(value)) yield* leavesOf(item, [...path, key]);
}

function changed(value: unknown, [key, ...rest]: Path): unknown {
  if (key === undefined) return value === 'changed' ? 'changed back' : 'changed';
  if (Array.isArray(value)) return value.map((item, index) => (index === key ? changed(item, rest) : item));
  const entries = Object.entries(value ?? {});
  return Object.fromEntries(entries.map(([name, item]) => [name, name === key ? changed(item, rest) : item]));
}
