import { beforeEach, expect, test } from 'vitest';
import type { Argument, CallOptions, Connection, Reply } from '../../../src/contracts/redis.js';
import { verifyKeys } from '../../../src/steps/verify/keys.js';
import { openTestContext, type TestContext } from '../context.js';

let opened: TestContext;

beforeEach(async () => {
  const context = await openTestContext();
  opened = context;
  return async () => await context[Symbol.asyncDispose]();
});

const set = (name: string, ...more: Argument[]) =>
  opened.context.redis.call(['SET', opened.context.namespace.key(name), 'value', ...more]);
const look = (match: string, context = opened.context) => verifyKeys.run({ match }, context);

test('counts matching keys, and those that never expire', async () => {
  await Promise.all([set('user:1'), set('user:2', 'EX', 60), set('user:3', 'EX', 90), set('order:1', 'EX', 5)]);
  const found = await look('user:*');
  expect(found).toMatchObject({ matched: 3, withoutTtl: 1, ttl: { distinct: 2 } });
  expect(found.ttl?.min).toBeGreaterThan(50_000);
  expect(found.ttl?.min).toBeLessThanOrEqual(60_000);
  expect(found.ttl?.max).toBeGreaterThan(80_000);
  expect(found.ttl?.max).toBeLessThanOrEqual(90_000);
  expect(found.memory).toBeGreaterThan(100);
  expect(found.sample.toSorted()).toEqual(['user:1', 'user:2', 'user:3']);
});

test('has no time to live where no key expires', async () => {
  await set('user:1');
  expect(await look('user:?')).toMatchObject({ matched: 1, withoutTtl: 1, ttl: null });
});

test('shows a stampede: many keys that expire in one second', async () => {
  await opened.context.redis.pipeline(
    Array.from({ length: 2_500 }, (_, n) => ['SET', opened.context.namespace.key(`page:${n}`), n, 'PX', 60_000]),
  );
  const found = await look('page:*');
  expect(found).toMatchObject({ matched: 2_500, withoutTtl: 0 });
  expect(found.ttl?.distinct).toBeLessThanOrEqual(2);
  expect(found.sample).toHaveLength(10);
});

test('sees nothing beyond the namespace', async () => {
  await opened.context.redis.call(['SET', `${opened.context.caseId}:user:1`, 'x', 'EX', 60]);
  const found = await look('*');
  await opened.context.redis.call(['UNLINK', `${opened.context.caseId}:user:1`]);
  expect(found).toEqual({ matched: 0, withoutTtl: 0, ttl: null, memory: 0, sample: [] });
});

test('takes the pattern as it is written where names are', async () => {
  const prefix = opened.context.namespace.prefix;
  await set('user:1');
  const namespace = { ...opened.context.namespace, prefix: '', reply: <T>(reply: T) => reply };
  const found = await look(`${prefix}user:*`, { ...opened.context, namespace });
  expect(found).toMatchObject({ matched: 1, sample: [`${prefix}user:1`] });
});

test('names of bytes that are no text are counted and measured', async () => {
  const name = Buffer.concat([Buffer.from(`${opened.context.namespace.prefix}user:`), Buffer.from([0xff, 0xfe])]);
  await opened.context.redis.call(['SET', name, 'x', 'EX', 60]);
  const found = await look('user:*');
  await opened.context.redis.call(['UNLINK', name]);
  expect(found).toMatchObject({ matched: 1, withoutTtl: 0, sample: ['user:\ufffd\ufffd'] });
  expect(found.memory).toBeGreaterThan(0);
});

test('knows no memory where the server refuses to tell', async () => {
  const { context } = opened;
  await set('user:1', 'EX', 60);
  const user = `reader-${context.caseId}`;
  await context.redis.call(['ACL', 'SETUSER', user, 'on', 'nopass', '~*', '+@all', '-memory']);
  try {
    const connection = await context.connections.dedicated('reader');
    await connection.call(['AUTH', user, 'x']);
    const found = await look('user:*', { ...context, redis: connection });
    await connection[Symbol.asyncDispose]();
    expect(found).toMatchObject({ matched: 1, memory: null, ttl: { distinct: 1 } });
  } finally {
    await context.redis.call(['ACL', 'DELUSER', user]);
  }
});

test('leaves out what expired since it was found', async () => {
  await set('user:1', 'PX', 5_000);
  await set('user:2');
  const { redis } = opened.context;
  const deleting: Pick<Connection, 'call' | 'pipeline' | 'nodes'> = {
    ...bound(redis),
    nodes: async () => [deleting],
    call: async (command: readonly Argument[], options?: CallOptions): Promise<Reply> => {
      const reply = await redis.call(command, options);
      if (command[0] === 'SCAN') await redis.call(['UNLINK', opened.context.namespace.key('user:1')]);
      return reply;
    },
  };
  // Its scans are followed by the end of a key; nothing else of a connection is asked for.
  expect(await look('user:*', { ...opened.context, redis: deleting as Connection })).toMatchObject({
    matched: 1,
    withoutTtl: 1,
    ttl: null,
    sample: ['user:2'],
  });
});

const bound = (redis: Connection) => ({ pipeline: redis.pipeline.bind(redis) });

test('judges nothing but that there is something', async () => {
  const matched = { matched: 1, withoutTtl: 1, ttl: null, memory: 50, sample: ['user:1'] };
  expect(verifyKeys.judge?.(matched, { match: 'user:*' }, false)).toBeUndefined();
  expect(verifyKeys.judge?.({ ...matched, matched: 0 }, { match: 'user:*' }, false)).toEqual({
    verdict: 'unknown',
    message: 'no key matches user:*, so nothing is known of such keys',
    next: 'correct the pattern; that a key is gone is proven by `command: EXISTS key` and `expect: 0`',
  });
});
