import { describe, expect, test } from 'vitest';
import { cacheGet } from '../../../src/steps/cache/get.js';
import { openTestContext } from '../context.js';

describe('cache.get', () => {
  test('a key that is not there is a miss', async () => {
    await using opened = await openTestContext();
    expect(await cacheGet.run({ key: 'nobody' }, opened.context)).toEqual({ hit: false, value: null, ttl: null });
  });

  const foreign = [
    ['plain text', 'plain text'],
    ['{"name": "ada"}', { name: 'ada' }],
    ['17', 17],
    [Uint8Array.of(0xff), { base64: '/w==' }],
  ] as const;
  test.each(foreign)('reads %j of another program as %j', async (stored, value) => {
    await using opened = await openTestContext();
    const { redis, namespace } = opened.context;
    await redis.call(['SET', namespace.key('k'), stored]);
    expect(await cacheGet.run({ key: 'k' }, opened.context)).toEqual({ hit: true, value, ttl: null });
  });

  test('raises for a key of another type', async () => {
    await using opened = await openTestContext();
    const { redis, namespace } = opened.context;
    await redis.call(['RPUSH', namespace.key('list'), 'a']);
    await expect(cacheGet.run({ key: 'list' }, opened.context)).rejects.toMatchObject({
      name: 'ReplyError',
      code: 'WRONGTYPE',
      message: 'Operation against a key holding the wrong kind of value',
    });
  });
});
