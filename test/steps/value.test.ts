import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeValue, encodeValue } from '../../src/steps/value.js';

describe('a stored value', () => {
  const cases: readonly (readonly [value: unknown, stored: string])[] = [
    ['ada', 'ada'],
    ['', ''],
    [' ', ' '],
    ['1', '"1"'],
    [' 1 ', '" 1 "'],
    ['007', '007'],
    ['-0', '"-0"'],
    ['1e5', '"1e5"'],
    ['1e400', '1e400'],
    ['[1e400]', '[1e400]'],
    ['9007199254740993', '"9007199254740993"'],
    ['null', '"null"'],
    ['true', '"true"'],
    ['"x"', '"\\"x\\""'],
    ['"x', '"x'],
    ['{"a":1}', '"{\\"a\\":1}"'],
    ['[1,', '[1,'],
    ['NaN', 'NaN'],
    ['naïve ☕ 🎉', 'naïve ☕ 🎉'],
    ['line\nbreak\0', 'line\nbreak\0'],
    ['\ufeffmark', '\ufeffmark'],
    ['\ud800', '"\\ud800"'],
    ['\u0000integer:1', '\u0000integer:1'],
    [null, 'null'],
    [true, 'true'],
    [0, '0'],
    [-1.5, '-1.5'],
    [1e21, '1e+21'],
    [5e-324, '5e-324'],
    [9_007_199_254_740_991, '9007199254740991'],
    [9_007_199_254_740_992, '9007199254740992'],
    [9_007_199_254_740_993n, '9007199254740993'],
    [-9_223_372_036_854_775_808n, '-9223372036854775808'],
    [
      { total: 9_007_199_254_740_993n, digits: '9007199254740993' },
      '{"total":9007199254740993,"digits":"9007199254740993"}',
    ],
    [[1, 'a', null, { b: [] }], '[1,"a",null,{"b":[]}]'],
    [
      { 'a "quoted" key': 'back\\slash 12345678901234567890' },
      '{"a \\"quoted\\" key":"back\\\\slash 12345678901234567890"}',
    ],
    [{}, '{}'],
  ];
  for (const [value, stored] of cases) {
    test(`of type ${typeof value} is stored as ${JSON.stringify(stored)} and read back with its type`, () => {
      expect(encodeValue(value)).toBe(stored);
      expect(decodeValue(stored)).toStrictEqual(value);
    });
  }

  test('any JSON value comes back', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        // JSON has no negative zero.
        const expected: unknown = JSON.parse(JSON.stringify(value));
        expect(decodeValue(encodeValue(value))).toStrictEqual(expected);
      }),
    );
  });

  const foreign: readonly (readonly [stored: string | { base64: string }, value: unknown])[] = [
    ['1e400', '1e400'],
    ['0123', '0123'],
    ['01234567890123456789', '01234567890123456789'],
    ['{"a":', '{"a":'],
    ['{"a": 1}', { a: 1 }],
    [{ base64: '/w==' }, { base64: '/w==' }],
  ];
  test.each(foreign)('that another program stored as %j reads as %j', (stored, value) => {
    expect(decodeValue(stored)).toStrictEqual(value);
  });

  test('refuses numbers that JSON does not have', () => {
    expect(() => encodeValue({ price: Number.POSITIVE_INFINITY })).toThrowErrorMatchingInlineSnapshot(
      `[ScenarioError: Infinity can't be stored: JSON has finite numbers only]`,
    );
    expect(() => encodeValue(Number.NaN)).toThrowErrorMatchingInlineSnapshot(
      `[ScenarioError: NaN can't be stored: JSON has finite numbers only]`,
    );
  });
});
