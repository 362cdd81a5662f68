import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

const url = process.env.REDIS_URL!;
const n = randomUUID();
const redis = new Redis(url);
const listeners: { redis: Redis; received: number[] }[] = [];
let ids: string[] = [];

beforeAll(async () => {
  for (let index = 0; index < 3; index++) {
    const listener = { redis: new Redis(url), received: [] as number[] };
    await listener.redis.subscribe(`${n}:news`);
    listener.redis.on('message', (_, text) => listener.received.push(JSON.parse(text).n));
    listeners.push(listener);
  }
});

afterAll(async () => {
  await redis.unlink(`${n}:user:1`, `${n}:visits`, `${n}:jobs`, `${n}:jobs:processing`, `${n}:events`);
  for (const one of [redis, ...listeners.map((listener) => listener.redis)]) one.disconnect();
});

test('cache set', async () => {
  expect(await redis.set(`${n}:user:1`, JSON.stringify({ name: 'ada', age: 36 }), 'EX', 60)).toBe('OK');
});
test('cache get', async () => {
  expect(JSON.parse((await redis.get(`${n}:user:1`))!)).toEqual({ name: 'ada', age: 36 });
});
test('cache ttl', async () => {
  expect(await redis.ttl(`${n}:user:1`)).toBeGreaterThan(50);
});
test('counter', async () => {
  expect(await redis.incrby(`${n}:visits`, 5)).toBe(5);
});
test('counter type', async () => {
  expect(await redis.type(`${n}:visits`)).toBe('string');
});
test('cache delete', async () => {
  expect(await redis.del(`${n}:user:1`)).toBe(1);
});
test('cache miss', async () => {
  expect(await redis.get(`${n}:user:1`)).toBeNull();
});
test('publish', async () => {
  for (let index = 0; index < 10; index++)
    expect(await redis.publish(`${n}:news`, JSON.stringify({ n: index }))).toBe(3);
});
test.each([0, 1, 2])('listener %i receives', async (index) => {
  await vi.waitFor(() => expect(listeners[index]!.received).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]), 2_000);
});
test('push', async () => {
  for (let index = 0; index < 10; index++) await redis.lpush(`${n}:jobs`, JSON.stringify({ n: index }));
  expect(await redis.llen(`${n}:jobs`)).toBe(10);
});
test('work', async () => {
  const done: number[] = [];
  const seen = new Set<number>();
  for (;;) {
    const raw = await redis.lmove(`${n}:jobs`, `${n}:jobs:processing`, 'RIGHT', 'LEFT');
    if (raw === null) break;
    const job = JSON.parse(raw).n as number;
    if (job < 3 && !seen.has(job)) {
      seen.add(job);
      await redis.lpush(`${n}:jobs`, raw);
    } else done.push(job);
    await redis.lrem(`${n}:jobs:processing`, 1, raw);
  }
  expect(done.sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(seen.size).toBe(3);
});
test('nothing is left', async () => {
  expect([await redis.llen(`${n}:jobs`), await redis.llen(`${n}:jobs:processing`)]).toEqual([0, 0]);
});
test('group', async () => {
  expect(await redis.xgroup('CREATE', `${n}:events`, 'workers', '0', 'MKSTREAM')).toBe('OK');
});
test('add', async () => {
  for (let index = 0; index < 5; index++) await redis.xadd(`${n}:events`, '*', 'n', String(index));
  expect(await redis.xlen(`${n}:events`)).toBe(5);
});
test('read', async () => {
  const read = (await redis.xreadgroup('GROUP', 'workers', 'w1', 'COUNT', 10, 'STREAMS', `${n}:events`, '>')) as [
    string,
    [string, string[]][],
  ][];
  ids = read[0]![1].map(([id]) => id);
  expect(ids).toHaveLength(5);
});
test('pending', async () => {
  expect((await redis.xpending(`${n}:events`, 'workers'))[0]).toBe(5);
});
test('acknowledge', async () => {
  expect(await redis.xack(`${n}:events`, 'workers', ...ids)).toBe(5);
});
test('nothing is pending', async () => {
  expect((await redis.xpending(`${n}:events`, 'workers'))[0]).toBe(0);
});
