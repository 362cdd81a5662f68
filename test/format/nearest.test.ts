import { expect, it, test } from 'vitest';
import { nearestName } from '../../src/format/nearest.js';

const ACTIONS = [
  'cache.get',
  'cache.set',
  'queue.push',
  'queue.work',
  'queue.inspect',
  'dlq.inspect',
  'wait',
  'await',
  'repeat',
  'command',
];
const KEYS = ['expect', 'expectError', 'within', 'timeout', 'maxLength', 'maxDeliveries', 'id', 'if'];
const OPERATORS = ['$eq', '$gt', '$gte', '$in', '$contains', '$sameItems'];

const table: readonly (readonly [word: string, names: readonly string[], nearest: string | undefined])[] = [
  ['queue.psuh', ACTIONS, 'queue.push'],
  ['queue_push', ACTIONS, 'queue.push'],
  ['queuepush', ACTIONS, 'queue.push'],
  ['queue.pusch', ACTIONS, 'queue.push'],
  ['push', ACTIONS, 'queue.push'],
  ['inspect', ACTIONS, 'queue.inspect'],
  ['comand', ACTIONS, 'command'],
  ['awiat', ACTIONS, 'await'],
  ['wait', ACTIONS, 'wait'],
  ['rep', ACTIONS, 'repeat'],
  ['cache.fetch', ACTIONS, 'cache.get'],
  ['sleep', ACTIONS, undefined],
  ['Expect', KEYS, 'expect'],
  ['expects', KEYS, 'expect'],
  ['expcet', KEYS, 'expect'],
  ['maxlength', KEYS, 'maxLength'],
  ['max_deliveries', KEYS, 'maxDeliveries'],
  ['whitin', KEYS, 'within'],
  ['fi', KEYS, 'if'],
  ['x', ['y', 'z'], undefined],
  ['xyz', KEYS, undefined],
  ['', KEYS, undefined],
  ['gt', OPERATORS, '$gt'],
  ['$lenght', ['$length'], '$length'],
  ['$sameitems', OPERATORS, '$sameItems'],
  ['$equals', OPERATORS, undefined],
  ['a', [], undefined],
];
test.each(table)('%s', (word, names, nearest) => expect(nearestName(word, names)).toBe(nearest));

it('takes no time for a word of a megabyte', () => {
  expect(nearestName('x'.repeat(1_000_000), KEYS)).toBeUndefined();
});
