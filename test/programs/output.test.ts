import { describe, expect, test } from 'vitest';
import { lastLines, lineFinder, OutputTail } from '../../src/programs/output.js';

describe('the end of an output', () => {
  test('is all of it, as long as it is short', () => {
    const tail = new OutputTail();
    tail.add('one\ntw');
    tail.add('o\n');
    expect(tail.text()).toBe('one\ntwo\n');
  });

  test('is 64 KiB at most, from the beginning of a line', () => {
    const tail = new OutputTail();
    for (let line = 0; line < 50_000; line++) tail.add(`line ${line}\n`);
    const text = tail.text();
    expect(text.length).toBeLessThanOrEqual(64 * 1024);
    expect(text.length).toBeGreaterThan(64 * 1024 - 20);
    expect(text).toMatch(/^line \d+\n/);
    expect(text.endsWith('line 49999\n')).toBe(true);
  });
});

describe('a line', () => {
  test.each<[pieces: readonly string[], found: readonly boolean[]]>([
    [['ready\n'], [true]],
    [
      ['re', 'ady'],
      [false, true],
    ],
    [
      ['not ready\n', 'ready\r\n'],
      [false, true],
    ],
    [['a\nready\nb\n'], [true]],
    [
      ['rea\n', 'dy\n'],
      [false, false],
    ],
    [
      ['x'.repeat(10_000), 'ready\n'],
      [false, false],
    ],
  ])('is found in pieces %j', (pieces, found) => {
    const find = lineFinder((line) => line === 'ready');
    expect(pieces.map(find)).toEqual(found);
  });
});

test.each<[output: string, lines: readonly string[]]>([
  ['', []],
  ['\n\n', []],
  ['one\n', ['one']],
  ['one\n\ntwo\nthree\n\n', ['two', 'three']],
])('the last lines of %j', (output, lines) => {
  expect(lastLines(output, 2)).toEqual(lines);
});
