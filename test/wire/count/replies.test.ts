import { expect, test } from 'vitest';
import { ReplyCounts } from '../../../src/wire/count/replies.js';

function countsOf(replies: readonly string[]): ReplyCounts {
  const counts = new ReplyCounts();
  for (const reply of replies) {
    const bytes = Buffer.from(`??${reply}??`);
    counts.note(bytes, 2, bytes.length - 2);
  }
  return counts;
}

test('equal replies are counted by what they say', () => {
  const replies = [
    ':1\r\n',
    '+OK\r\n',
    '$2\r\nOK\r\n',
    '_\r\n',
    '#t\r\n',
    '*1\r\n:7\r\n',
    ':1\r\n',
    ':1\r\n',
    '$-1\r\n',
  ];
  expect(countsOf(replies).toObject()).toEqual({ 1: 3, OK: 2, null: 2, true: 1, '[7]': 1 });
});

test('what is long, and what comes after a hundred others, is not told apart', () => {
  const counts = countsOf([
    ...Array.from({ length: 150 }, (_, number) => `:${number}\r\n`),
    ':99\r\n',
    `+${'x'.repeat(30)}\r\n`,
  ]);
  expect(Object.keys(counts.toObject())).toHaveLength(100);
  expect(counts.toObject()['99']).toBe(2);
  expect(counts.others).toBe(51);
});
