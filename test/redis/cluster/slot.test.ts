import { describe, expect, test } from 'vitest';
import { slotOf, slotOfPattern } from '../../../src/redis/cluster/slot.js';

/** As CLUSTER KEYSLOT has it. */
const SLOTS: readonly (readonly [key: string | Uint8Array, slot: number])[] = [
  ['', 0],
  ['123456789', 12_739],
  ['foo', 12_182],
  ['{foo}.bar', 12_182],
  ['bar{foo}', 12_182],
  ['{foo}{bar}', 12_182],
  ['foo{}{bar}', 8_363],
  ['foo{{bar}}zap', 4_015],
  ['é', 10_180],
  [Buffer.from('foo'), 12_182],
];

test.each(SLOTS)('the slot of %j', (key, slot) => {
  expect(slotOf(key)).toBe(slot);
});

describe('a pattern', () => {
  const PATTERNS: readonly (readonly [pattern: string, slot: number | undefined])[] = [
    ['redrill:{foo}:*', 12_182],
    ['{foo}', 12_182],
    ['foo*', undefined],
    ['*{foo}', undefined],
    ['a?{foo}:*', undefined],
    ['{f*}', undefined],
    ['{}foo', undefined],
  ];
  test.each(PATTERNS)('%s', (pattern, slot) => {
    expect(slotOfPattern(pattern)).toBe(slot);
  });
});
