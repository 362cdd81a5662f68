import { describe, expect, test } from 'vitest';
import { seedOf, splitEvenly } from '../../../src/cli/shards/split.js';

const ids = (count: number): string[] => Array.from({ length: count }, (_, index) => `a.yaml#${index}`);
const loadsOf = (shards: readonly number[], weights: readonly number[], total: number): number[] => {
  const loads = new Array<number>(total).fill(0);
  for (const [place, shard] of shards.entries()) loads[shard - 1]! += weights[place]!;
  return loads;
};

describe('which shard has which case', () => {
  test('without durations they take turns', () => {
    expect(splitEvenly(ids(7), 3, new Map())).toEqual([1, 2, 3, 1, 2, 3, 1]);
  });

  test('more shards than cases leave some empty', () => {
    expect(splitEvenly(ids(2), 4, new Map())).toEqual([1, 2]);
  });

  test('a long case has a shard of its own', () => {
    const durations = new Map(ids(4).map((id, index) => [id, index === 2 ? 900 : 300] as const));
    expect(splitEvenly(ids(4), 2, durations)).toEqual([2, 2, 1, 2]);
  });

  test('a case that is not known is taken for an average one', () => {
    const durations = new Map([
      ['a.yaml#0', 100],
      ['a.yaml#1', 300],
    ]);
    expect(splitEvenly(ids(3), 2, durations)).toEqual([2, 1, 2]);
  });

  test('cases that took no time are spread all the same', () => {
    const durations = new Map(ids(6).map((id) => [id, 0] as const));
    expect(splitEvenly(ids(6), 3, durations)).toEqual([1, 2, 3, 1, 2, 3]);
  });

  test('no shard has more to do than a third above the least that is possible', () => {
    // Graham's bound for the longest first: 4/3.
    for (let round = 0; round < 50; round++) {
      const weights = Array.from({ length: 200 }, (_, index) => 1 + ((index * 7919 + round * 104_729) % 997));
      const durations = new Map(ids(200).map((id, index) => [id, weights[index]!] as const));
      const total = 2 + (round % 7);
      const loads = loadsOf(splitEvenly(ids(200), total, durations), weights, total);
      const ideal = Math.max(weights.reduce((sum, weight) => sum + weight, 0) / total, ...weights);
      expect(Math.max(...loads)).toBeLessThanOrEqual((ideal * 4) / 3);
    }
  });
});

test('shards of one run draw the same seed, those of another pipeline another', () => {
  const shard = { index: 1, total: 2, cases: 3, plan: 'abc' };
  const seed = seedOf(shard, { CI_PIPELINE_ID: '1' });
  expect(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31).toBe(true);
  expect(seedOf({ ...shard, index: 2 }, { CI_PIPELINE_ID: '1' })).toBe(seed);
  expect(seedOf(shard, { CI_PIPELINE_ID: '2' })).not.toBe(seed);
  expect(seedOf({ ...shard, plan: 'abd' }, { CI_PIPELINE_ID: '1' })).not.toBe(seed);
  expect(seedOf(shard, {})).toBe(seedOf(shard, { HOME: '/' }));
});
