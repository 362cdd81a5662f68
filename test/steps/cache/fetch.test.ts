import { describe, expect, test } from 'vitest';
import { cacheFetch } from '../../../src/steps/cache/fetch.js';
import { cacheGet } from '../../../src/steps/cache/get.js';
import { openTestContext } from '../context.js';
import { constant, deferred, expression } from '../fields.js';

type Input = Parameters<typeof cacheFetch.run>[0];

const input = (overrides: Partial<Omit<Input, 'loader'>>, loader: Partial<Input['loader']> = {}): Input => ({
  key: 'report',
  ttl: 60_000,
  readers: 1,
  protection: 'none',
  ...overrides,
  loader: { value: constant({ rows: 3 }), takes: 0, ...loader },
});

describe('cache.fetch', () => {
  test('the first read loads and stores, the others hit', async () => {
    await using opened = await openTestContext();
    const result = await cacheFetch.run(input({ reads: 10 }), opened.context);
    expect(result).toMatchObject({
      reads: 10,
      hits: 9,
      misses: 1,
      hitRatio: 0.9,
      loads: 1,
      maxConcurrentLoads: 1,
      errors: 0,
    });
    expect(result.latency?.p50).toBeGreaterThan(0);
    const cached = await cacheGet.run({ key: 'report' }, opened.context);
    expect(cached).toMatchObject({ hit: true, value: { rows: 3 } });
    expect(cached.ttl).toBeGreaterThan(30_000);
  });

  test('without protection every concurrent reader of a cold key loads', async () => {
    await using opened = await openTestContext();
    const result = await cacheFetch.run(input({ readers: 20 }, { takes: 200 }), opened.context);
    expect(result).toMatchObject({ reads: 20, hits: 0, misses: 20, loads: 20, maxConcurrentLoads: 20, errors: 0 });
  });

  test('under a lock one reader loads and the others wait for the value', async () => {
    await using opened = await openTestContext();
    const result = await cacheFetch.run(input({ readers: 20, protection: 'lock' }, { takes: 50 }), opened.context);
    expect(result).toMatchObject({ reads: 20, hits: 0, misses: 20, loads: 1, maxConcurrentLoads: 1, errors: 0 });
    expect(result.latency?.p50).toBeGreaterThanOrEqual(45);
    const lock = opened.context.namespace.key('report:lock');
    expect(await opened.context.redis.call(['EXISTS', lock])).toBe(0);
  });

  test('under a lock a load that fails lets the next reader load', async () => {
    await using opened = await openTestContext();
    const fail = expression(({ index }) => index === 0);
    const result = await cacheFetch.run(input({ readers: 5, protection: 'lock' }, { takes: 5, fail }), opened.context);
    expect(result).toMatchObject({ reads: 5, misses: 5, loads: 2, maxConcurrentLoads: 1, errors: 1 });
  });

  test("a lock that expired and is another's by now stays", async () => {
    await using opened = await openTestContext();
    const { redis, namespace } = opened.context;
    const lock = namespace.key('report:lock');
    const value = deferred(() => {
      void redis.call(['SET', lock, 'another']);
      return 1;
    });
    await cacheFetch.run(input({ protection: 'lock' }, { value }), opened.context);
    expect(await redis.call(['GET', lock])).toBe('another');
  });

  test('expires early when the draw says so, and not long before', async () => {
    await using opened = await openTestContext();
    // A load of 20 ms against a minute left: a chance of e^-3000 for each read. Against 80 ms left: e^-4 at least.
    const patient = await cacheFetch.run(
      input({ reads: 50, protection: 'early-expiry' }, { takes: 20 }),
      opened.context,
    );
    expect(patient).toMatchObject({ hits: 49, misses: 1, loads: 1 });
    const { redis, namespace } = opened.context;
    const leftAtLoads: Promise<unknown>[] = [];
    const value = deferred(() => {
      leftAtLoads.push(redis.call(['PTTL', namespace.key('short')]));
      return 1;
    });
    const eager = await cacheFetch.run(
      input({ key: 'short', ttl: 80, reads: 300, protection: 'early-expiry' }, { takes: 20, value }),
      opened.context,
    );
    expect(eager).toMatchObject({ reads: 300, misses: eager.loads, hits: 300 - eager.loads });
    expect((await Promise.all(leftAtLoads)).filter((left) => Number(left) > 0)).not.toEqual([]);
  });

  test('stores what the load gives, which may depend on its number', async () => {
    await using opened = await openTestContext();
    const loader = {
      value: deferred(({ index }) => `load ${index}`),
      fail: expression(({ index }) => Number(index) < 2),
    };
    const result = await cacheFetch.run(input({ reads: 5 }, loader), opened.context);
    expect(result).toMatchObject({ reads: 5, hits: 2, misses: 3, hitRatio: 0.4, loads: 3, errors: 2 });
    expect(await cacheGet.run({ key: 'report' }, opened.context)).toMatchObject({ value: 'load 2' });
  });

  test('has no latency when every load failed', async () => {
    await using opened = await openTestContext();
    const result = await cacheFetch.run(input({ reads: 3 }, { fail: expression(() => true) }), opened.context);
    expect(result).toMatchObject({ reads: 3, hits: 0, misses: 3, hitRatio: 0, loads: 3, errors: 3, latency: null });
  });

  test('raises when the server refuses every read', async () => {
    await using opened = await openTestContext();
    const { redis, namespace } = opened.context;
    await redis.call(['RPUSH', namespace.key('report'), 'a']);
    await expect(cacheFetch.run(input({ reads: 3 }), opened.context)).rejects.toMatchObject({ code: 'WRONGTYPE' });
  });

  test('ends with the step, and raises what its expressions raise', async () => {
    const controller = new AbortController();
    await using opened = await openTestContext();
    const context = { ...opened.context, signal: controller.signal };
    const reason = new Error('no such variable');
    const value = deferred(() => {
      throw reason;
    });
    await expect(cacheFetch.run(input({ reads: 100 }, { value }), context)).rejects.toBe(reason);
    const fetch = cacheFetch.run(input({ reads: 100, readers: 3 }, { takes: 60_000 }), context);
    const late = new Error('the time is up');
    controller.abort(late);
    await expect(fetch).rejects.toBe(late);
  });

  test('declares the time that its loads take', () => {
    expect(cacheFetch.declaredMs?.(input({ reads: 10, readers: 4 }, { takes: 100 }))).toBe(300);
    expect(cacheFetch.declaredMs?.(input({ readers: 4, protection: 'lock' }, { takes: 100 }))).toBe(100);
    const fail = expression(() => true);
    expect(cacheFetch.declaredMs?.(input({ readers: 4, protection: 'lock' }, { takes: 100, fail }))).toBe(400);
  });
});
