import { expect, test } from 'vitest';
import { formatCount, oneLine, plural, printable } from '../../src/format/text.js';

test.each([
  ['plain', 'plain'],
  ['two\nlines', 'two\nlines'],
  ['tab\tand\r', 'tab\\tand\\r'],
  ['\u0000\u001b[31m\u007f\u0085', '\\u0000\\u001b[31m\\u007f\\u0085'],
  ['\ud800 half, 😀 whole, half \udc00', '\\ud800 half, 😀 whole, half \\udc00'],
  ['\u202eright to left\u202c', '\\u202eright to left\\u202c'],
  ['👩‍👩‍👧 名前 é', '👩‍👩‍👧 名前 é'],
  ['\ufffe\uffff', '\\ufffe\\uffff'],
])('%j is printed as %j', (text, printed) => {
  expect(printable(text)).toBe(printed);
  expect(oneLine(text)).toBe(printed.replaceAll('\n', '\\n'));
});

test.each([
  [0, '0', '0 cases'],
  [1, '1', '1 case'],
  [999, '999', '999 cases'],
  [1_000, '1,000', '1,000 cases'],
  [1_234_567, '1,234,567', '1,234,567 cases'],
])('%d is counted as %s', (count, text, cases) => {
  expect(formatCount(count)).toBe(text);
  expect(plural(count, 'case')).toBe(cases);
});
