import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Cluster, Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Target } from '../../src/contracts/target.js';
import { startTestServer } from '../support/server.js';
import { ServerRoom } from './processes.js';

let room: ServerRoom;
beforeEach(() => {
  room = new ServerRoom();
  vi.stubEnv('TMPDIR', room.folder);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await room[Symbol.asyncDispose]();
});

const clients: (Redis | Cluster)[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.disconnect();
});

/** A client of one node, with what the target tells of it. */
function clientOf({ url, access }: Target, address?: string): Redis {
  const client = new Redis(address === undefined ? url : url.replace(/[^@]+$/, address), {
    ...(access?.tls && { tls: access.tls }),
    retryStrategy: () => null,
  });
  client.on('error', () => {});
  clients.push(client);
  return client;
}

test('a standalone server does what its process is told, and keeps what it should', async () => {
  await using target = await startTestServer({
    persistence: 'aof',
    config: { appendfsync: 'always', maxmemory: '10mb' },
  });
  expect(target.capabilities).toEqual(['configure', 'pause', 'kill', 'restart']);
  const node = target.node!('primary');
  expect([target.nodes!.length, node.address, await node.role()]).toEqual([1, target.address, 'primary']);
  const client = clientOf(target);
  await client.set('key', 'kept');
  expect(await client.config('GET', 'maxmemory')).toEqual(['maxmemory', '10485760']);
  await node.configure({ maxmemory: '20mb' });
  expect(await client.config('GET', 'maxmemory')).toEqual(['maxmemory', '20971520']);
  await node.pause();
  const answer = client.get('key');
  expect(await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 50, 'silent'))])).toBe('silent');
  await node.resume();
  expect(await answer).toBe('kept');
  await node.kill();
  await node.kill();
  expect(node.running).toBe(false);
  await expect(node.pause()).rejects.toThrow(`primary at ${target.address} is not running`);
  await node.restart();
  expect(node.running).toBe(true);
  expect(await clientOf(target).get('key')).toBe('kept');
  await expect(node.failover()).rejects.toThrow('primary has no replica that runs');
  expect(() => target.node!('primery')).toThrow('there is no node "primery"');
});

test('replicas follow, over TLS, and one takes over', async () => {
  const acl = { users: [{ name: 'app', rules: '~app:* +@all -@dangerous +info' }], as: 'app' };
  await using target = await startTestServer({ topology: 'replicas', replicas: 2, tls: true, acl });
  expect(target.nodes!.map(({ name }) => name)).toEqual(['primary', 'replica-1', 'replica-2']);
  expect(await Promise.all(target.nodes!.map((node) => node.role()))).toEqual(['primary', 'replica', 'replica']);
  expect(target.url).toMatch(/^rediss:\/\/app:/);
  for (const folder of room.folders()) {
    for (const name of readdirSync(folder).filter((file) => /\.(?:key|conf)$/.test(file)))
      expect([name, statSync(join(folder, name)).mode & 0o777]).toEqual([name, 0o600]);
  }
  const client = clientOf(target);
  await client.set('app:key', 'value');
  expect(await client.wait(2, 2_000)).toBe(2);
  await expect(client.call('DEBUG', 'SLEEP', '0')).rejects.toThrow('NOPERM');
  const stranger = new Redis({ ...plain(target), lazyConnect: true });
  stranger.on('error', () => {});
  await expect(stranger.connect()).rejects.toThrow();
  const successor = target.node!(await target.node!('primary').failover());
  expect(await successor.role()).toBe('primary');
  await expect(target.node!('primary').failover()).rejects.toThrow('primary is a replica');
  await clientOf(target, successor.address).set('app:key', 'newer');
  await target.node!('primary').restart();
  await expect.poll(() => clientOf(target).get('app:key'), { timeout: 5_000 }).toBe('newer');
});

/** Without TLS, which the server refuses. */
const plain = ({ address }: Target) => ({
  host: '127.0.0.1',
  port: Number(address.split(':')[1]),
  retryStrategy: () => null,
});

test('Sentinels agree on the primary, and on another one when it is gone', async () => {
  await using target = await startTestServer({ topology: 'sentinel', tls: true });
  const { sentinel, tls } = target.access!;
  expect(sentinel!.nodes).toHaveLength(3);
  expect(await target.node!('sentinel-3').role()).toBe('sentinel');
  const client = new Redis({
    sentinels: [...sentinel!.nodes],
    name: sentinel!.primary,
    sentinelPassword: sentinel!.password!,
    password: String(target.secrets[0]),
    tls: tls!,
    enableTLSForSentinelMode: true,
    sentinelTLS: tls!,
  });
  client.on('error', () => {});
  clients.push(client);
  await client.set('key', 'value');
  expect(await client.wait(1, 2_000)).toBe(1);
  await target.node!('primary').kill();
  await expect.poll(() => target.node!('replica-1').role(), { timeout: 10_000 }).toBe('primary');
  expect(await client.get('key')).toBe('value');
});

test('a cluster is in order for every node, and a replica takes over', async () => {
  const config = { 'cluster-node-timeout': 3_000, 'tls-auth-clients': true };
  await using target = await startTestServer({ topology: 'cluster', tls: true, config });
  expect(target.nodes!.map(({ name }) => name)).toEqual(
    [1, 2, 3].flatMap((shard) => [`shard-${shard}-primary`, `shard-${shard}-replica-1`]),
  );
  const tls = target.access!.tls!;
  const cluster = new Cluster([plain(target)], { redisOptions: { password: String(target.secrets[0]), tls } });
  clients.push(cluster);
  const keys = Array.from({ length: 50 }, (_, index) => `key:${index}`);
  await Promise.all(keys.map((key) => cluster.set(key, key)));
  for (const { address } of target.nodes!) {
    const client = clientOf(target, address);
    expect(await client.cluster('INFO')).toMatch(/cluster_state:ok.*cluster_slots_ok:16384.*cluster_known_nodes:6/s);
    expect(await client.config('GET', 'cluster-node-timeout')).toEqual(['cluster-node-timeout', '3000']);
  }
  expect(await target.node!('shard-2-primary').failover()).toBe('shard-2-replica-1');
  await target.node!('shard-2-primary').restart();
  expect(await target.node!('shard-2-primary').role()).toBe('replica');
  expect(await Promise.all(keys.map((key) => cluster.get(key)))).toEqual(keys);
});

test('a cluster of one node is enough for what a cluster refuses', async () => {
  await using target = await startTestServer({ topology: 'cluster', shards: 1, replicas: 0 });
  await expect(clientOf(target).mset('a', 1, 'b', 2)).rejects.toThrow('CROSSSLOT');
});

test('leaves nothing of servers that could not all be started', async () => {
  const config = { 'no-such-directive': 1 };
  await expect(startTestServer({ topology: 'cluster', config })).rejects.toMatchObject({
    message: expect.stringContaining(">>> 'no-such-directive 1'"),
    details: { next: 'correct `config` or `acl` of the target: the server refuses its configuration' },
  });
  await room.expectEmpty();
});

test('a run that is stopped leaves nothing of a start', async () => {
  const { managedTarget } = await import('../../src/targets/managed.js');
  const controller = new AbortController();
  const opening = managedTarget.open({ topology: 'cluster' }, { signal: controller.signal, notice: () => {} });
  await expect.poll(() => room.servers().length).toBe(6);
  controller.abort(new Error('stopped by the user'));
  await expect(opening).rejects.toThrow('stopped by the user');
});
