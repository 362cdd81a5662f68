import { describe, expect, test } from 'vitest';
import { encodeValue } from '../../src/engine/encode.js';

/** What events carry is plain JSON, and bounded. */
describe('encodeValue', () => {
  const table: readonly (readonly [what: string, value: unknown, encoded: unknown])[] = [
    ['null', null, null],
    ['undefined', undefined, null],
    ['a function', () => {}, null],
    ['an integer beyond 2^53', 9007199254740993n, { integer: '9007199254740993' }],
    ['infinity', Number.POSITIVE_INFINITY, 'Infinity'],
    ['not a number', Number.NaN, 'NaN'],
    ['bytes', new Uint8Array([255, 254]), { base64: '//4=' }],
    ['nested', { a: [1n, { b: undefined }] }, { a: [{ integer: '1' }, { b: null }] }],
    ['__proto__ as a key', JSON.parse('{"__proto__": {"a": 1}}'), JSON.parse('{"__proto__": {"a": 1}}')],
    ['a long text', 'x'.repeat(4_001), `${'x'.repeat(3_000)}… (4001 characters) …${'x'.repeat(1_000)}`],
    ['a long list', Array.from({ length: 205 }, () => 0), [...Array.from({ length: 200 }, () => 0), '… 5 more']],
  ];
  test.each(table)('%s', (_, value, encoded) => {
    expect(encodeValue(value)).toEqual(encoded);
    expect(JSON.parse(JSON.stringify(encodeValue(value)))).toEqual(encoded);
  });

  test('many keys', () => {
    const encoded = encodeValue(Object.fromEntries(Array.from({ length: 203 }, (_, index) => [`k${index}`, index])));
    expect(Object.entries(encoded as object).slice(-2)).toEqual([
      ['k199', 199],
      ['…', '3 more'],
    ]);
  });

  test('depth', () => {
    let value: unknown = 'end';
    for (let depth = 0; depth < 100; depth++) value = depth % 2 === 0 ? [value] : { a: value };
    expect(JSON.stringify(encodeValue(value))).toBe(`${'{"a":['.repeat(6)}"{…}"${']}'.repeat(6)}`);
  });
});
