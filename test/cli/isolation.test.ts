import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunEvent } from '../../src/contracts/event.js';
import { slotOf } from '../../src/redis/cluster/slot.js';
import { type Cluster, type ClusterNode, startCluster } from '../support/cluster.js';
import { folderWith, runRedrill } from '../support/redrill.js';

/** Cases at once, on servers that hold somebody else's keys. */

const AT_ONCE = 20;

/** It uses every kind of key, in places that Redrill knows and in one that only a script does. */
const SCENARIO = `name: a
matrix: { number: [${Array.from({ length: 2 * AT_ONCE }, (_, index) => index).join(', ')}] }
queues:
  orders: { backend: list, deadLetter: orders-dlq }
  mails: { backend: stream }
  reminders: { backend: delayed }
steps:
  - cache.set: { key: session, value: "\${{ matrix.number }}", ttl: 1h }
  - cache.fetch: { key: page, ttl: 1h, readers: 3, protection: lock, loader: { value: rendered } }
    expect: { errors: 0 }
  - command: MSET string 1 another 2
  - transaction: [[HSET, hash, a, 1], [SADD, set, a], [ZADD, zset, 1, a], [RPUSH, list, a], [PFADD, log, a]]
  - script: { lua: "return redis.call('SET', KEYS[1] .. ':made', 1)", keys: [string] }
  - id: listeners
    pubsub.subscribe: { channels: news, subscribers: 2 }
  - pubsub.publish: { channel: news, count: 5 }
    expect: { receivers: 10 }
  - queue.push: { queue: orders, count: 10, message: { number: "\${{ index }}" } }
  - queue.work: { queue: orders, workers: 2, handler: { faults: [{ fail: { when: message.body.number == 3 } }] } }
    expect: { completed: 9, deadLettered: 1 }
  - queue.push: { queue: mails, count: 5 }
  - queue.push: { queue: reminders, count: 5, delay: 1h }
  - verify.delivery: { queue: orders, guarantee: at-least-once }
  - cache.get: { key: session }
    expect: { value: "\${{ matrix.number }}" }
`;

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
  for (const node of cluster.primaries) await fill(node);
}, 60_000);
afterAll(() => cluster[Symbol.asyncDispose]());

/** Keys of all types, some with names that look like ours. */
async function fill(node: ClusterNode): Promise<void> {
  const key = (prefix: string) => cluster.keyOn(node, prefix);
  const stream = key('orders:');
  const commands = [
    ['SET', key('string'), 'value', 'EX', 3600],
    ['SET', key('bytes'), Buffer.from([0, 255, 10])],
    ['SETBIT', key('bits'), 1000, 1],
    ['HSET', key('hash'), 'field', 'value'],
    ['RPUSH', key('list'), 'a', 'b', 'a'],
    ['SADD', key('set'), 'a', 'b'],
    ['ZADD', key('zset'), 1.5, 'a', 2, 'b'],
    ['GEOADD', key('places'), 13.4, 52.5, 'Berlin'],
    ['PFADD', key('log'), 'a', 'b'],
    ['SET', key('redrill:'), 'of somebody else'],
    ['SET', `redrill:{${key('0-')}}:key`, 'of another run'],
    ['XADD', stream, '1-1', 'message', 'one'],
    ['XADD', stream, '2-1', 'message', 'two'],
    ['XGROUP', 'CREATE', stream, 'workers', '0'],
    ['XREADGROUP', 'GROUP', 'workers', 'first', 'COUNT', '1', 'STREAMS', stream, '>'],
  ];
  for (const [name = '', ...args] of commands) await node.admin.call(String(name), ...args);
}

/** All that a node holds: its values, when they expire, who has read what of its streams, and its settings. */
async function contentOf({ admin }: ClusterNode) {
  const keys = (await admin.keys('*')).sort();
  return {
    size: await admin.dbsize(),
    digest: await admin.call('DEBUG', 'DIGEST'),
    settings: await admin.config('GET', '*'),
    keys: await Promise.all(
      keys.map(async (key) => ({
        key,
        value: (await admin.dumpBuffer(key)).toString('hex'),
        expires: await admin.pexpiretime(key),
        groups: (await admin.type(key)) === 'stream' ? await admin.call('XINFO', 'STREAM', key, 'FULL') : null,
      })),
    ),
  };
}

test('isolated cases spread over a cluster, and leave it as it was', async () => {
  const before = await Promise.all(cluster.primaries.map(contentOf));
  expect(before.map(({ size }) => size)).toEqual([12, 12, 12]);
  const cwd = folderWith({ 'a.yaml': SCENARIO });
  const args = ['run', 'a.yaml', '--url', cluster.target.url, '--jobs', String(AT_ONCE), '--report', 'ndjson'];
  const { exitCode, stdout, stderr } = await runRedrill(args, { cwd });
  expect([exitCode, stderr], stdout.slice(-5_000)).toEqual([0, '']);

  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as RunEvent); // what the reporter writes
  const started = events.flatMap((event) => (event.type === 'case.started' ? [event] : []));
  expect(started).toHaveLength(2 * AT_ONCE);
  const firstEnd = events.findIndex(({ type }) => type === 'case.finished');
  expect(events.slice(0, firstEnd).filter(({ type }) => type === 'case.started')).toHaveLength(AT_ONCE);
  // Of 40 namespaces a node is without one in 3 of 10 million runs.
  const slots = new Set(started.map(({ namespace }) => slotOf(`${namespace}key`)));
  expect(slots.size).toBeGreaterThan(AT_ONCE);
  const owners = new Set(started.map(({ namespace }) => cluster.ownerOf(`${namespace}key`).name));
  expect(owners.size).toBe(3);

  expect(await Promise.all(cluster.primaries.map(contentOf))).toEqual(before);
}, 60_000);
