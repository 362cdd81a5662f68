import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { OutcomeUnknown } from '../../../src/errors.js';
import { openConnection } from '../../../src/redis/connection.js';
import { openSubscriber } from '../../../src/redis/subscriber.js';
import type { RedisAddress } from '../../../src/redis/url.js';
import { type Cluster, type ClusterNode, startCluster } from '../../support/cluster.js';

let cluster: Cluster;
let address: RedisAddress;
const open = (name: string, to: RedisAddress = address) => openConnection(to, { name });

beforeAll(async () => {
  cluster = await startCluster({ replicas: 1 });
  address = cluster.address;
}, 30_000);
afterAll(async () => await cluster[Symbol.asyncDispose]());

const caught = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

const statOf = async (node: ClusterNode, command: string): Promise<number> => {
  const stats = await node.admin.info('commandstats');
  return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
};

test('reads go to a replica where that is asked for, all else to the primary', async () => {
  const [primary] = cluster.primaries;
  const [replica] = cluster.replicas;
  await using client = await open('reads', { ...address, access: { readFrom: 'replica' } });
  const key = cluster.keyOn(primary!, 'read');
  await client.call(['SET', key, 'v']);
  // The cluster lists a replica once it has followed for a moment.
  const readsReplica = async () => {
    expect(await client.call(['GET', key])).toBe('v');
    expect(await statOf(replica!, 'get')).toBeGreaterThan(0);
  };
  await vi.waitFor(readsReplica, { timeout: 10_000 });
  const before = await statOf(primary!, 'get');
  expect(
    await client.pipeline([
      ['GET', key],
      ['STRLEN', key],
    ]),
  ).toEqual(['v', 1]);
  expect(await statOf(primary!, 'get')).toBe(before);
  expect(await client.call(['GET', key], { readFrom: 'primary' })).toBe('v');
  expect(await statOf(primary!, 'get')).toBe(before + 1);
  expect(await client.transaction([['GET', key]])).toEqual(['v']);
  expect(await client.call(['OBJECT', 'ENCODING', key])).toBe('embstr');
  expect(await statOf(primary!, 'object|encoding')).toBe(0);
});

test('a primary that is killed: what was in flight is unknown, what follows waits for the replica', async () => {
  const [home, killed] = cluster.primaries;
  await using client = await open('survives');
  await using blocked = await open('blocked');
  await using subscriber = await openSubscriber(address, { name: 'listens' }, client);
  const key = cluster.keyOn(killed!, 'kill');
  const other = cluster.keyOn(home!, 'kill');
  const deliveries: string[] = [];
  const seen: string[] = [];
  subscriber.onDelivery(({ channel }) => deliveries.push(channel));
  subscriber.onDisconnect(() => seen.push('disconnected'));
  subscriber.onReconnect(() => seen.push('subscribed'));
  await subscriber.subscribe('channels', ['__keyevent@0__:incrby', 'news']);
  await subscriber.subscribe('shardChannels', [key, other]);

  await client.pipeline([
    ['SET', key, 1],
    ['SET', other, 1],
  ]);
  await killed!.admin.call('WAIT', 1, 5_000);
  const popped = caught(blocked.call(['BLPOP', `{${key}}list`, 0], { timeoutMs: 30_000 }));
  const popping = caught(
    blocked.pipeline(
      [
        ['GET', other],
        ['BLPOP', `{${key}}list`, 0],
      ],
      { timeoutMs: 30_000 },
    ),
  );
  await vi.waitFor(async () => expect(await killed!.admin.call('CLIENT', 'LIST')).toMatch(/ name=blocked .* flags=b/));
  await killed!.server.kill();
  for (const [error, what] of [
    [await popped, 'BLPOP'],
    [await popping, 'the pipeline'],
  ] as const) {
    expect(error).toBeInstanceOf(OutcomeUnknown);
    expect(error).toMatchObject({
      code: 'CONNECTION',
      sent: true,
      message: expect.stringContaining(`the connection to ${killed!.name} broke before ${what} was answered: `),
    });
  }
  expect(await client.call(['INCR', key], { timeoutMs: 20_000 })).toBe(2);
  expect(await client.pipeline([['INCR', key], ['INCR', other], ['PING']], { timeoutMs: 20_000 })).toEqual([
    3,
    2,
    'PONG',
  ]);

  await vi.waitFor(() => expect(seen).toEqual(['disconnected', 'subscribed']), { timeout: 20_000 });
  expect(await subscriber.catchUp()).toBe(true);
  deliveries.length = 0;
  expect(await client.call(['SPUBLISH', key, 'x'])).toBe(1);
  await client.pipeline([
    ['INCR', key],
    ['INCR', other],
    ['PUBLISH', 'news', 'x'],
    ['SPUBLISH', other, 'x'],
  ]);
  expect(await subscriber.catchUp()).toBe(true);
  await vi.waitFor(() =>
    expect(deliveries.sort()).toEqual(['__keyevent@0__:incrby', '__keyevent@0__:incrby', 'news', key, other].sort()),
  );
}, 40_000);

test('the node that was dialled is killed: the connection goes on with the others', async () => {
  const [home, , other] = cluster.primaries;
  await using client = await open('homeless');
  const key = cluster.keyOn(other!, 'home');
  expect(await client.call(['SET', key, 1])).toBe('OK');
  await home!.server.kill();
  expect(await client.call(['INCR', key], { timeoutMs: 20_000 })).toBe(2);
  expect(await client.call(['PING'], { timeoutMs: 20_000 })).toBe('PONG');
}, 30_000);
