import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Connection } from '../../src/contracts/redis.js';
import type { ServerAccess, Target } from '../../src/contracts/target.js';
import { openConnection } from '../../src/redis/connection.js';
import { openSubscriber } from '../../src/redis/subscriber.js';
import { addressOf, displayAddress } from '../../src/redis/url.js';
import { startTestServer } from '../support/server.js';

let target: Target;
let sentinel: NonNullable<ServerAccess['sentinel']>;
beforeAll(async () => {
  target = await startTestServer({ topology: 'sentinel', replicas: 1 });
  sentinel = target.access!.sentinel!;
}, 30_000);
afterAll(async () => await target[Symbol.asyncDispose]());

const open = (name: string, access: ServerAccess = target.access!) =>
  openConnection(addressOf({ url: target.url, access }), { name });
const caught = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );
const portOf = async (connection: Connection) =>
  Number(/tcp_port:(\d+)/.exec(String(await connection.call(['INFO', 'server'], { readFrom: 'primary' })))?.[1]);

describe('replicas', () => {
  test('are read from where that is asked for; all else goes to the primary', async () => {
    await using reader = await open('reader', { readFrom: 'replica' });
    await using writer = await open('writer', {});
    await reader.call(['SET', 'a', '1']);
    await vi.waitFor(async () => expect(await reader.call(['GET', 'a'])).toBe('1'));
    await writer.call(['CONFIG', 'RESETSTAT']);
    expect(await reader.pipeline([['GET', 'a'], ['EXISTS', 'a'], ['DBSIZE']])).toEqual(['1', 1, 1]);
    expect(await reader.call(['GET', 'a'], { readFrom: 'primary' })).toBe('1');
    expect(await reader.transaction([['GET', 'a']])).toEqual(['1']);
    const stats = String(await writer.call(['INFO', 'commandstats']));
    expect(stats).toContain('cmdstat_get:calls=2,');
    expect(stats).not.toContain('cmdstat_exists:');
    expect(stats).not.toContain('cmdstat_dbsize:');
  });

  test('are read in the database of the connection', async () => {
    await using reader = await open('selects', { readFrom: 'replica' });
    expect(await reader.call(['GET', 'other'])).toBe(null);
    await reader.call(['SELECT', '3']);
    await reader.call(['SET', 'other', 'in 3']);
    await vi.waitFor(async () => expect(await reader.call(['GET', 'other'])).toBe('in 3'));
    await reader.call(['SELECT', '0']);
    expect(await reader.call(['GET', 'other'])).toBe(null);
    await reader.pipeline([
      ['SELECT', '3'],
      ['DEL', 'other'],
    ]);
  });

  test('that cannot be reached leave the reads to the primary', async () => {
    const replica = target.node!('replica-1').address;
    await using reader = await open('alone', { readFrom: 'replica', nodeAddresses: { [replica]: '127.0.0.1:1' } });
    await reader.call(['SET', 'b', '1']);
    expect(await reader.call(['GET', 'b'])).toBe('1');
  });
});

describe('Sentinel', () => {
  test('is asked where the primary is, and again after a failover', async () => {
    // The URL says nothing of where it is.
    const address = { ...addressOf(target), host: 'nowhere.invalid' };
    await using client = await openConnection(address, { name: 'follows' });
    await using subscriber = await openSubscriber(address, { name: 'listens' }, client);
    const seen: string[] = [];
    subscriber.onDelivery(() => seen.push('delivered'));
    subscriber.onDisconnect(() => seen.push('disconnected'));
    subscriber.onReconnect(() => seen.push('subscribed'));
    await subscriber.subscribe('channels', ['news']);
    const primary = target.node!('primary');
    const before = await portOf(client);
    expect(`127.0.0.1:${before}`).toBe(primary.address);

    await primary.failover();
    // The Sentinels leave its clients alone for seconds more.
    await primary.kill();
    expect(await client.call(['SET', 'after', '1'])).toBe('OK');
    expect(await portOf(client)).not.toBe(before);
    await vi.waitFor(() => expect(seen).toEqual(['disconnected', 'subscribed']));
    expect(await client.call(['PUBLISH', 'news', 'x'])).toBe(1);
    await vi.waitFor(() => expect(seen.at(-1)).toBe('delivered'));
  }, 40_000);

  test('that is not there leaves it to the others', async () => {
    const nodes = [{ host: '127.0.0.1', port: 1 }, ...sentinel.nodes];
    await using client = await open('second', { sentinel: { ...sentinel, nodes } });
    expect(await client.call(['PING'])).toBe('PONG');
  });

  const [here, there] = [
    { host: '127.0.0.1', port: 1 },
    { host: '127.0.0.1', port: 2 },
  ];
  test('none of which answers is named', async () => {
    const access = { sentinel: { ...sentinel, nodes: [here!, there!] } };
    expect(displayAddress(addressOf({ url: target.url, access }))).toBe('primary of Sentinel 127.0.0.1:1, 127.0.0.1:2');
    const error = await caught(open('none', access));
    expect(error).toMatchObject({
      name: 'TargetError',
      message:
        'cannot connect to primary of Sentinel 127.0.0.1:1, 127.0.0.1:2: ' +
        'cannot connect to 127.0.0.1:1: connection refused: no server listens there; ' +
        'cannot connect to 127.0.0.1:2: connection refused: no server listens there',
      details: {
        next: 'correct the name of the primary or the addresses of the Sentinels, or see SENTINEL MASTERS',
      },
    });
  });

  test('that knows no primary of the name says so', async () => {
    const [first] = sentinel.nodes;
    const error = await caught(open('stranger', { sentinel: { ...sentinel, primary: 'cache', nodes: [first!] } }));
    expect(error).toMatchObject({
      message: `cannot connect to cache of Sentinel 127.0.0.1:${first!.port}: 127.0.0.1:${first!.port} knows no primary of that name`,
    });
  });

  test('is no server to run on', async () => {
    const [{ host, port }] = sentinel.nodes as [{ host: string; port: number }];
    const url = `redis://:${sentinel.password}@${host}:${port}`;
    expect(await caught(openConnection(addressOf({ url }), { name: 'sentinel' }))).toMatchObject({
      name: 'TargetError',
      message: `cannot connect to ${host}:${port}: it is a Sentinel, which holds no data`,
      details: { next: 'name it under `sentinel` with the name of a primary' },
    });
  });
});
