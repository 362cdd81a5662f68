import { describe, expect, it, test } from 'vitest';
import { countCharacters, cutText, escapeControls, formatValue, isMap } from '../../src/format/value.js';

describe('formatValue', () => {
  const table: readonly (readonly [value: unknown, text: string])[] = [
    [1, '1'],
    ['1', '"1"'],
    [-0.5, '-0.5'],
    [9007199254740993n, '9007199254740993'],
    [Number.NaN, 'NaN'],
    [null, 'null'],
    [undefined, 'nothing'],
    [true, 'true'],
    ['', '""'],
    ['say "hi"\\', '"say \\"hi\\"\\\\"'],
    ['a\nb\tc\r', '"a\\nb\\tc\\r"'],
    ['\u001b[31m\u0000\u007f\u009b', '"\\u001b[31m\\u0000\\u007f\\u009b"'],
    ['a\u200bb\u202ec\u2028\ufeff\u{e0041}', '"a\\u200bb\\u202ec\\u2028\\ufeff\\u{e0041}"'],
    ['\ud800', '"\\ud800"'],
    ['é漢🙂', '"é漢🙂"'],
    [[], '[]'],
    [{}, '{}'],
    [[1, 'a', null], '[1, "a", null]'],
    [{ a: 1, b: { c: [2] } }, '{ a: 1, b: { c: [2] } }'],
    [
      { $gt: 3, 'odd key': 1, '1': 2, 'a-b': 3, 'new\nline': 4 },
      '{ "1": 2, $gt: 3, "odd key": 1, a-b: 3, "new\\nline": 4 }',
    ],
    [{ a: undefined, b: 1 }, '{ b: 1 }'],
    [{ base64: '/w==' }, '{ base64: "/w==" }'],
    [JSON.parse('{"__proto__": 1}'), '{ __proto__: 1 }'],
  ];
  test.each(table.map(([value, text]) => [text, value] as const))('%s', (text, value) =>
    expect(formatValue(value)).toBe(text),
  );
});

describe('formatValue cuts', () => {
  const table: readonly (readonly [
    value: unknown,
    options: { maxLength?: number; maxDepth?: number },
    text: string,
  ])[] = [
    ['abcdef'.repeat(200), { maxLength: 12 }, '"abcdefabcdef"… (1,200 characters)'],
    ['ab🙂🙂', { maxLength: 3 }, '"ab"… (4 characters)'],
    [[1, 2, 3, 4, 5, 6, 7, 8, 9], { maxLength: 12 }, '[1, 2, 3, 4, … (9 items)]'],
    [
      { first: 'x'.repeat(100), b: 2 },
      { maxLength: 40 },
      '{ first: "xxxxxxxxxxxxxxxxxxxx"… (100 characters), … (2 keys) }',
    ],
    [{ only: 'x'.repeat(100) }, { maxLength: 10 }, '{ only: "xxxxxxxxxxxxxxxx"… (100 characters) }'],
    [{ a: { b: { c: 1 } }, d: [1] }, { maxDepth: 1 }, '{ a: { … (1 key) }, d: [… (1 item)] }'],
    [[[], {}], { maxDepth: 1 }, '[[], {}]'],
  ];
  test.each(table)('%j', (value, options, text) => expect(formatValue(value, options)).toBe(text));

  it('a megabyte in no time and to little more than was asked for', () => {
    const long = 'x'.repeat(1_000_000);
    const many = Array.from({ length: 100_000 }, (_, index) => ({ id: index, body: long }));
    expect(formatValue(many).length).toBeLessThan(300);
    expect(formatValue(long)).toBe(`"${'x'.repeat(120)}"… (1,000,000 characters)`);
    let deep: unknown = 1;
    for (let depth = 0; depth < 100_000; depth += 1) deep = [deep];
    expect(formatValue(deep)).toBe('[[[[[[[… (1 item)]]]]]]]');
  });
});

test('isMap', () => {
  expect([{}, Object.create(null), [], null, 'a', 1, undefined].map(isMap)).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
    false,
  ]);
});

test('countCharacters', () => expect(['', 'aé', '🙂', '漢字'].map(countCharacters)).toEqual([0, 2, 1, 2]));
test('cutText', () => expect([cutText('a🙂', 2), cutText('a🙂', 3), cutText('ab', 5)]).toEqual(['a', 'a🙂', 'ab']));
test('escapeControls', () => expect(escapeControls('a\u001b\n"ä"')).toBe('a\\u001b\\n"ä"'));
