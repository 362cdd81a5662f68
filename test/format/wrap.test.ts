import { expect, test } from 'vitest';
import { wrapText } from '../../src/format/wrap.js';

test.each<[text: string, width: number, lines: string[]]>([
  ['', 5, ['']],
  ['a b c', 5, ['a b c']],
  ['a b c d', 5, ['a b c', 'd']],
  ['a bcdef', 5, ['a', 'bcdef']],
  ['abcdefgh', 5, ['abcde', 'fgh']],
  ['abcdef gh', 5, ['abcde', 'f gh']],
  ['abcde fgh', 5, ['abcde', 'fgh']],
  ['a  b', 2, ['a', 'b']],
  ['abcd😀ef', 5, ['abcd', '😀ef']],
])('%j in lines of %i', (text, width, lines) => {
  expect(wrapText(text, width)).toEqual(lines);
});
