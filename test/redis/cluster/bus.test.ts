import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Connection } from '../../../src/contracts/redis.js';
import { openConnection } from '../../../src/redis/connection.js';
import { openSubscriber } from '../../../src/redis/subscriber.js';
import { type Cluster, type ClusterNode, startCluster } from '../../support/cluster.js';

/** How long what one node tells another is under way. */
const DELAY_MS = 300;

let cluster: Cluster;
let home: ClusterNode;
let far: ClusterNode;
let shared: Connection;
let bus: Server;
let isSlow = false;
const sockets = new Set<Socket>();

/** What the other nodes say to the home node goes through here. */
beforeAll(async () => {
  cluster = await startCluster();
  [home, far] = cluster.primaries as [ClusterNode, ClusterNode];
  shared = await openConnection(cluster.address, { name: 'shared' });
  bus = createServer((incoming) => {
    const outgoing = connect(home.port + 10_000, '127.0.0.1');
    for (const socket of [incoming, outgoing]) {
      sockets.add(socket.on('error', () => {}).on('close', () => sockets.delete(socket)));
    }
    incoming.on('close', () => outgoing.destroy());
    outgoing.on('close', () => incoming.destroy());
    outgoing.pipe(incoming);
    incoming.on('data', (data) => setTimeout(() => outgoing.write(data), isSlow ? DELAY_MS : 0));
  }).listen(0, '127.0.0.1');
  await once(bus, 'listening');
  const { port } = bus.address() as AddressInfo; // of a TCP server
  await home.admin.config('SET', 'cluster-announce-bus-port', port);
  const seenBy = async ({ admin }: ClusterNode): Promise<string> =>
    String(await admin.cluster('NODES'))
      .split('\n')
      .find((line) => line.startsWith(home.id)) ?? '';
  for (const node of cluster.primaries.slice(1))
    await vi.waitFor(async () => expect(await seenBy(node)).toMatch(new RegExp(`@${port}\\b.* connected`)), 20_000);
  isSlow = true;
}, 40_000);
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  bus.close();
  await shared[Symbol.asyncDispose]();
  await cluster[Symbol.asyncDispose]();
});

const publishAt = async ({ admin }: ClusterNode, text: string) => await admin.publish('news', text);

async function open(kind: 'channels' | 'patterns', name: string) {
  const subscriber = await openSubscriber(cluster.address, { name: 'listens' }, shared);
  const seen: string[] = [];
  subscriber.onDelivery(({ channel }, bytes, start, end, isFirst) => {
    seen.push(`${channel} ${bytes.toString('latin1', start, end)}${isFirst ? ' first' : ''}`);
  });
  await subscriber.subscribe(kind, [name]);
  return { subscriber, seen };
}

test('whoever has caught up has what every node had acknowledged, and sees no marks', async () => {
  const { subscriber, seen } = await open('patterns', '*');
  await using _ = subscriber;
  await publishAt(far, 'one');
  expect(seen).toEqual([]);
  expect(await subscriber.catchUp()).toBe(true);
  expect(seen).toEqual(['news one first']);
  await publishAt(far, 'two');
  await publishAt(home, 'three');
  expect(await subscriber.catchUp()).toBe(true);
  expect(seen.slice(1)).toEqual(['news three first', 'news two first']);
});

test('with another that catches up meanwhile', async () => {
  const [one, other] = await Promise.all([open('patterns', '*'), open('channels', 'news')]);
  await using _ = one.subscriber;
  await using __ = other.subscriber;
  await publishAt(far, 'four');
  expect(await Promise.all([one.subscriber.catchUp(), other.subscriber.catchUp()])).toEqual([true, true]);
  expect([one.seen, other.seen]).toEqual([['news four first'], ['news four first']]);
});

test('it is uncertain where a node may not be asked', async () => {
  for (const { admin } of cluster.primaries)
    await admin.call('ACL', 'SETUSER', 'narrow', 'on', '>pw', '~*', '+@all', 'resetchannels', '&news');
  const address = { ...cluster.address, username: 'narrow', password: 'pw' };
  await using narrow = await openConnection(address, { name: 'narrow' });
  await using subscriber = await openSubscriber(address, { name: 'listens' }, narrow);
  await subscriber.subscribe('channels', ['news']);
  expect(await subscriber.catchUp()).toBe(false);
});

test('a node that does not answer may have something left', { timeout: 40_000 }, async () => {
  const { subscriber } = await open('channels', 'news');
  await using _ = subscriber;
  const last = cluster.primaries[2]!;
  last.server.pause();
  try {
    expect(await subscriber.catchUp()).toBe(false);
  } finally {
    last.server.resume();
  }
});
