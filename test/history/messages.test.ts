import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Messages } from '../../src/history/messages.js';

const numbered = (ids: readonly string[]) => {
  const messages = new Messages();
  const numbers = ids.map((id) => messages.numberOf(id));
  return { messages, numbers };
};

describe('Messages', () => {
  test.each<[what: string, ids: readonly string[], numbers: readonly number[]]>([
    ['in the order in which they are named', ['p-9', 'p-1', 'q-1', 'p-9'], [0, 1, 2, 0]],
    ['by their text', ['p-1', 'p-01', 'p-1 ', 'P-1', '1', '-1', 'p1'], [0, 1, 2, 3, 4, 5, 6]],
    ['no number for no id', ['', 'p-0', ''], [-1, 0, -1]],
    ['far sequences, before and after the table grows', ['p-100000', 'p-0', 'p-100000'], [0, 1, 0]],
  ])('%s', (_, ids, numbers) => {
    expect(numbered(ids).numbers).toEqual(numbers);
  });

  test('a far sequence keeps its number when the table has grown past it', () => {
    const ids = Array.from({ length: 3_000 }, (_, n) => `p-${n}`);
    const { messages, numbers } = numbered(['p-2000', ...ids]);
    expect(numbers[2_001]).toBe(0);
    expect(messages.count).toBe(3_000);
  });

  test('each names its id: a producer for every message, and sequences without bound', () => {
    const ids = Array.from({ length: 10_000 }, (_, n) => [`${1_700_000_000_000 + n}-0`, `p-${n * n}`, `q-${n}`]).flat();
    const { messages, numbers } = numbered(ids);
    expect(numbers).toEqual(ids.map((_, n) => n));
    expect(numbers.map((number) => messages.idOf(number))).toEqual(ids);
  });

  test('says what a Map would', () => {
    const id = fc.oneof(
      fc.tuple(fc.constantFrom('p', 'q', 'a-b', '', 'é'), fc.nat(5_000)).map(([name, n]) => `${name}-${n}`),
      fc.string(),
      fc.nat().map(String),
    );
    fc.assert(
      fc.property(fc.array(id, { maxLength: 300 }), (ids) => {
        const distinct = [...new Set(ids.filter((one) => one !== ''))];
        const { messages, numbers } = numbered(ids);
        expect(numbers).toEqual(ids.map((one) => distinct.indexOf(one)));
        expect(distinct.map((_, number) => messages.idOf(number))).toEqual(distinct);
        expect(ids.map((one) => messages.find(one))).toEqual(numbers);
        expect(['p-99999', 'nobody-1', 'nobody names it'].map((one) => messages.find(one))).toEqual([-1, -1, -1]);
        expect(messages.count).toBe(distinct.length);
      }),
    );
  });
});
