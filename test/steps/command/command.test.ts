import { describe, expect, test } from 'vitest';
import { command } from '../../../src/steps/command/command.js';
import { openTestContext } from '../context.js';

describe('command', () => {
  test('gives replies with their types', async () => {
    await using opened = await openTestContext();
    const run = (...args: (string | number | Uint8Array)[]) => command.run(args, opened.context);
    expect(await run('SET', 'user:1', 'ada lovelace', 'EX', 60)).toBe('OK');
    expect(await run('GET', 'user:1')).toBe('ada lovelace');
    expect(await run('GET', 'nobody')).toBeNull();
    expect(await run('INCRBY', 'total', '9007199254740993')).toBe(9_007_199_254_740_993n);
    expect(await run('HSET', 'hash', 'a', 1, 'b', 2)).toBe(2);
    expect(await run('HGETALL', 'hash')).toEqual({ a: '1', b: '2' });
    expect(await run('ZADD', 'scores', '1.5', 'ada')).toBe(1);
    expect(await run('ZSCORE', 'scores', 'ada')).toBe(1.5);
    expect(await run('SET', 'bytes', Uint8Array.of(0xff, 0))).toBe('OK');
    expect(await run('GET', 'bytes')).toEqual({ base64: '/wA=' });
    expect(await run('RPUSH', 'list', 'a', 'b')).toBe(2);
    expect(await run('LRANGE', 'list', 0, -1)).toEqual(['a', 'b']);
  });

  test('puts keys under the namespace, and takes it off replies', async () => {
    await using opened = await openTestContext();
    await command.run(['SET', 'user:1', 'ada'], opened.context);
    expect(await opened.context.redis.call(['GET', opened.context.namespace.key('user:1')])).toBe('ada');
    expect(await command.run(['SCAN', 0, 'MATCH', 'user:*', 'COUNT', 10_000], opened.context)).toEqual([
      '0',
      ['user:1'],
    ]);
  });

  test('raises an error reply with its code', async () => {
    await using opened = await openTestContext();
    await command.run(['RPUSH', 'list', 'a'], opened.context);
    await expect(command.run(['GET', 'list'], opened.context)).rejects.toMatchObject({
      name: 'ReplyError',
      code: 'WRONGTYPE',
      message: 'Operation against a key holding the wrong kind of value',
    });
  });

  test('keeps one connection, so that WATCH and CLIENT SETNAME mean what they say', async () => {
    await using opened = await openTestContext();
    await command.run(['CLIENT', 'SETNAME', 'me'], opened.context);
    expect(await command.run(['CLIENT', 'GETNAME'], opened.context)).toBe('me');
  });

  test('a command that blocks ends with the step', async () => {
    const controller = new AbortController();
    await using opened = await openTestContext();
    const context = { ...opened.context, signal: controller.signal };
    const pop = command.run(['BLPOP', 'nothing', 0], context);
    const reason = new Error('the time is up');
    controller.abort(reason);
    await expect(pop).rejects.toBe(reason);
  });
});
