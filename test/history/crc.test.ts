import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { crcOf, crcOfText } from '../../src/history/crc.js';

test('is what zlib says, for every length', () => {
  const bytes = Buffer.from(Array.from({ length: 400 }, (_, index) => (index * 167 + (index >> 3)) & 255));
  for (let length = 0; length <= bytes.length; length++)
    expect(crcOf(bytes, length)).toBe(crc32(bytes.subarray(0, length)));
});

test.each([
  '',
  'a',
  'é',
  '€',
  '\u{1f600}',
  'x'.repeat(85),
  '€'.repeat(85),
  '€'.repeat(86),
  'x'.repeat(1_000),
  '\ud800 alone',
])('of the text %j too', (text) => {
  expect(crcOfText(text)).toBe(crc32(text));
});
