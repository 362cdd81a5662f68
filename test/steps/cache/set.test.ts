import { describe, expect, test } from 'vitest';
import { cacheGet } from '../../../src/steps/cache/get.js';
import { cacheSet } from '../../../src/steps/cache/set.js';
import { openTestContext } from '../context.js';

describe('cache.set', () => {
  test('stores every value so that cache.get gives it back with its type', async () => {
    await using opened = await openTestContext();
    const values = [
      'ada',
      '',
      '1',
      1,
      'null',
      null,
      '"x"',
      '☕',
      '\ufeff',
      true,
      9_007_199_254_740_993n,
      { a: ['1', 1] },
    ];
    for (const value of values) {
      expect(await cacheSet.run({ key: 'k', value }, opened.context)).toEqual({ stored: true });
      expect(await cacheGet.run({ key: 'k' }, opened.context)).toStrictEqual({ hit: true, value, ttl: null });
    }
  });

  test('stores text that other programs can read', async () => {
    await using opened = await openTestContext();
    const { redis, namespace } = opened.context;
    await cacheSet.run({ key: 'text', value: 'ada lovelace' }, opened.context);
    await cacheSet.run({ key: 'object', value: { name: 'ada' } }, opened.context);
    expect(await redis.call(['GET', namespace.key('text')])).toBe('ada lovelace');
    expect(await redis.call(['GET', namespace.key('object')])).toBe('{"name":"ada"}');
  });

  test('sets the time to live in milliseconds', async () => {
    await using opened = await openTestContext();
    await cacheSet.run({ key: 'k', value: 1, ttl: 90_000 }, opened.context);
    const { ttl } = await cacheGet.run({ key: 'k' }, opened.context);
    expect(ttl).toBeGreaterThan(60_000);
    expect(ttl).toBeLessThanOrEqual(90_000);
  });

  test('a value without a time to live takes an old one away', async () => {
    await using opened = await openTestContext();
    await cacheSet.run({ key: 'k', value: 1, ttl: 90_000 }, opened.context);
    await cacheSet.run({ key: 'k', value: 2 }, opened.context);
    expect(await cacheGet.run({ key: 'k' }, opened.context)).toEqual({ hit: true, value: 2, ttl: null });
  });

  test('stores only if the key is absent or present', async () => {
    await using opened = await openTestContext();
    const set = async (value: number, onlyIf: 'absent' | 'present') =>
      (await cacheSet.run({ key: 'k', value, onlyIf }, opened.context)).stored;
    expect(await set(1, 'present')).toBe(false);
    expect(await set(2, 'absent')).toBe(true);
    expect(await set(3, 'absent')).toBe(false);
    expect(await set(4, 'present')).toBe(true);
    expect(await cacheGet.run({ key: 'k' }, opened.context)).toMatchObject({ value: 4 });
  });
});
