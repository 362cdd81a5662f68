import { describe, expect, it, test } from 'vitest';
import { formatDifference } from '../../src/format/difference.js';

describe('formatDifference', () => {
  it('shows lines of text', async () => {
    expect(await formatDifference('one\ntwo\nthree', 'one\n2\nthree')).toMatchInlineSnapshot(`
      "- expected
      + actual

        one
      - two
      + 2
        three"
    `);
  });

  it('shows keys in one order, however they came', async () => {
    const expected = { name: 'ada', tags: ['a', 'b'], nested: { x: 1, y: null } };
    const actual = { nested: { y: null, x: '1' }, tags: ['a', 'c'], name: 'ada' };
    expect(await formatDifference(expected, actual)).toMatchInlineSnapshot(`
      "- expected
      + actual

        {
          name: "ada"
          nested: {
      -     x: 1
      +     x: "1"
            y: null
          }
          tags: [
            "a"
      -     "b"
      +     "c"
          ]
        }"
    `);
  });

  it('shows items that are missing or too many', async () => {
    expect(await formatDifference(['a', 'b', 'c'], ['a', 'c', 'd'])).toMatchInlineSnapshot(`
      "- expected
      + actual

        [
          "a"
      -   "b"
          "c"
      +   "d"
        ]"
    `);
  });

  it('leaves out what is equal and far', async () => {
    const lines = Array.from({ length: 40 }, (_, index) => `line ${index}`);
    expect(
      await formatDifference(lines.join('\n'), lines.with(10, 'TEN').with(25, 'XXV').join('\n')),
    ).toMatchInlineSnapshot(`
      "- expected
      + actual

        … (7 equal lines)
        line 7
        line 8
        line 9
      - line 10
      + TEN
        line 11
        line 12
        line 13
        … (8 equal lines)
        line 22
        line 23
        line 24
      - line 25
      + XXV
        line 26
        line 27
        line 28
        … (11 equal lines)"
    `);
  });

  it('makes the invisible visible', async () => {
    expect(await formatDifference('a\nb', 'a  \r\n\u001b[31mb')).toMatchInlineSnapshot(`
      "- expected
      + actual

      - a
      - b
      + a  \\r
      + \\u001b[31mb"
    `);
    expect(await formatDifference('a\nb', 'a  \nb')).toMatchInlineSnapshot(`
      "- expected
      + actual

      - a
      + a··
        b"
    `);
  });

  it('shows integers and bytes', async () => {
    expect(
      await formatDifference([9007199254740993n, { base64: '/w==' }], [9007199254740992n, []]),
    ).toMatchInlineSnapshot(`
      "- expected
      + actual

        [
      -   9007199254740993
      -   {
      -     base64: "/w=="
      -   }
      +   9007199254740992
      +   []
        ]"
    `);
  });
});

describe('is nothing for', () => {
  const table: readonly (readonly [what: string, expected: unknown, actual: unknown])[] = [
    ['scalars', 1, 2],
    ['words', 'a', 'b'],
    ['a text and a number', 'a\nb', 1],
    ['a missing value', { a: 1 }, undefined],
    ['a list and a map', [1], { a: 1 }],
    ['equal values', { a: [1, 2] }, { a: [1, 2] }],
    ['equal texts', 'a\nb', 'a\nb'],
    ['empty ones', [], {}],
    ['operators', { a: { $gt: 3 } }, { a: 1 }],
  ];
  test.each(table)('%s', async (_, expected, actual) => {
    expect(await formatDifference(expected, actual)).toBeUndefined();
  });
});

describe('is bounded', () => {
  const lines = (count: number, word: string) => Array.from({ length: count }, (_, index) => `${word} ${index}`);

  it('for a megabyte without a line in common', async () => {
    const text = await formatDifference(lines(100_000, 'left').join('\n'), lines(100_000, 'right').join('\n'));
    expect(text?.split('\n')).toHaveLength(84);
    expect(text?.split('\n').at(-1)).toBe('  … (720 more lines)');
  });

  it('for a late difference', async () => {
    const long = lines(100_000, 'same');
    expect(await formatDifference(long, [...long.slice(0, -1), 'other'])).toMatchInlineSnapshot(`
      "- expected
      + actual

        … (99,997 equal lines)
          "same 99996"
          "same 99997"
          "same 99998"
      -   "same 99999"
      +   "other"
        ]"
    `);
  });

  it('for long lines', async () => {
    const long = 'x'.repeat(1_000_000);
    expect(await formatDifference(`a\n${long}`, `a\n${long}y`)).toBe(
      [
        '- expected',
        '+ actual',
        '',
        '  a',
        `- ${'x'.repeat(160)}… (1,000,000 characters)`,
        `+ ${'x'.repeat(160)}… (1,000,001 characters)`,
      ].join('\n'),
    );
  });

  it('and says so when lines were not compared', async () => {
    const left = lines(1_000, 'same').with(0, 'left');
    expect(await formatDifference(left.join('\n'), ['inserted', ...left].join('\n'))).toMatchInlineSnapshot(`
      "- expected
      + actual

      + inserted
        left
        same 1
        same 2
        … (more lines were not compared)"
    `);
  });
});
