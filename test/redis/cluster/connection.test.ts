import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Argument, Connection } from '../../../src/contracts/redis.js';
import { removeNamespace, removeRun } from '../../../src/redis/cleanup.js';
import { slotOf } from '../../../src/redis/cluster/slot.js';
import { openConnection } from '../../../src/redis/connection.js';
import { openConnections } from '../../../src/redis/connections.js';
import { createNamespace } from '../../../src/redis/namespace.js';
import { ConnectionPool } from '../../../src/redis/pool.js';
import { assertClusterServes, readServerFacts } from '../../../src/redis/server.js';
import { openSubscriber } from '../../../src/redis/subscriber.js';
import { nodeAddress, parseRedisUrl, type RedisAddress } from '../../../src/redis/url.js';
import { type Cluster, type ClusterNode, startCluster } from '../../support/cluster.js';

let cluster: Cluster;
let address: RedisAddress;
let connection: Connection;
const open = (name: string, to: RedisAddress = address) => openConnection(to, { name });

beforeAll(async () => {
  cluster = await startCluster();
  address = cluster.address;
  connection = await open('tested');
}, 30_000);
afterEach(async () => {
  for (const { admin } of cluster.primaries) await admin.flushall();
});
afterAll(async () => {
  await connection[Symbol.asyncDispose]();
  await cluster[Symbol.asyncDispose]();
});

const caught = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('a command', () => {
  test('goes to the node of its key', async () => {
    for (const node of cluster.primaries) {
      const key = cluster.keyOn(node);
      expect(await connection.call(['SET', key, node.name])).toBe('OK');
      expect(await node.admin.get(key)).toBe(node.name);
    }
    expect(await connection.call(['MGET', '{tag}a', '{tag}b'])).toEqual([null, null]);
  });

  test('finds slots as the server does', async () => {
    for (const key of ['', 'é', '{a}b', 'b{a}', 'a{}{b}', 'a{{b}}c', 'a{b', '}a{b}']) {
      expect(await connection.call(['CLUSTER', 'KEYSLOT', key]), key).toBe(slotOf(key));
    }
  });

  test('with keys of several slots is refused as the server does it', async () => {
    const keys = cluster.primaries.map((node) => cluster.keyOn(node));
    expect(await caught(connection.call(['MGET', ...keys]))).toMatchObject({
      name: 'ReplyError',
      code: 'CROSSSLOT',
      message: "Keys in request don't hash to the same slot",
    });
  });

  test('without a key goes to the node that was dialled, on one connection', async () => {
    const [first, second] = cluster.primaries;
    await using client = await open('home');
    const id = await client.call(['CLIENT', 'ID']);
    await client.call(['SET', cluster.keyOn(second!), 'v']);
    await client.call(['SET', cluster.keyOn(first!), 'v']);
    expect(await client.call(['CLIENT', 'ID'])).toBe(id);
    expect(await client.call(['CLIENT', 'GETNAME'])).toBe('home');
    expect(await client.call(['CLUSTER', 'MYID'])).toBe(first!.id);
    expect(await client.call(['DBSIZE'])).toBe(1);
    expect(await connectionsOf(first!, 'home')).toBe(1);
  });

  test('that waits for replicas asks the node that was written to', async () => {
    await using client = await open('waits');
    await client.call(['SET', cluster.keyOn(cluster.primaries[1]!), 'v']);
    expect(await client.call(['WAIT', '0', '10'])).toBe(0);
    expect(await cluster.primaries[1]!.admin.info('commandstats')).toContain('cmdstat_wait:');
    expect(await cluster.primaries[0]!.admin.info('commandstats')).not.toContain('cmdstat_wait:');
  });

  test('that looks for a pattern with a hash tag asks the node of the tag', async () => {
    const tags = cluster.primaries.map((node) => cluster.keyOn(node, 't'));
    await connection.pipeline(tags.map((tag) => ['SET', `a:{${tag}}:b`, 'v']));
    for (const tag of tags) {
      expect(await connection.call(['SCAN', 0, 'MATCH', `a:{${tag}}:*`])).toEqual(['0', [`a:{${tag}}:b`]]);
      expect(await connection.call(['KEYS', `*:{${tag}}:*`])).toHaveLength(tag === tags[0] ? 1 : 0);
      expect(await connection.call(['KEYS', `a:{${tag}}:*`])).toHaveLength(1);
    }
  });
});

async function connectionsOf(node: ClusterNode, name: string): Promise<number> {
  const clients = String(await node.admin.client('LIST')).split('\n');
  return clients.filter((line) => line.includes(` name=${name} `)).length;
}

describe('a pipeline', () => {
  test('is split by nodes and put together in order, errors in their places', async () => {
    const commands: Argument[][] = [];
    for (let index = 0; index < 300; index++) commands.push(['SET', `p${index}`, index], ['INCR', `p${index}`]);
    const replies = await connection.pipeline([...commands, ['LPUSH', 'p1', 'x'], ['PING'], ['MGET', 'p1', 'p2']]);
    expect(replies.slice(0, 600)).toEqual(commands.map((_, index) => (index % 2 === 0 ? 'OK' : (index + 1) / 2)));
    expect(replies.slice(600)).toEqual([
      { error: { code: 'WRONGTYPE', message: 'Operation against a key holding the wrong kind of value' } },
      'PONG',
      { error: { code: 'CROSSSLOT', message: "Keys in request don't hash to the same slot" } },
    ]);
  });
});

describe('a transaction', () => {
  test('goes to the node of its keys', async () => {
    for (const node of cluster.primaries) {
      const key = cluster.keyOn(node);
      expect(
        await connection.transaction([['PING'], ['SET', key, '1'], ['INCR', key], ['LPUSH', key, 'x']]),
      ).toMatchObject(['PONG', 'OK', 2, { error: { code: 'WRONGTYPE' } }]);
    }
    expect(await connection.transaction([['PING']])).toEqual(['PONG']);
  });

  test('over several slots is refused, and nothing of it done', async () => {
    const keys = cluster.primaries.map((node) => cluster.keyOn(node));
    const error = await caught(connection.transaction(keys.map((key) => ['SET', key, 'v'])));
    expect(error).toMatchObject({
      name: 'ReplyError',
      code: 'CROSSSLOT',
      message: "Keys in request don't hash to the same slot",
    });
    expect(await connection.pipeline(keys.map((key) => ['EXISTS', key]))).toEqual([0, 0, 0]);
  });

  test('of single commands stays on one node, from WATCH or the first key to EXEC', async () => {
    for (const node of cluster.primaries) {
      await using client = await open('raw');
      const key = cluster.keyOn(node);
      const calls = async (...commands: string[]) => {
        const replies: unknown[] = [];
        for (const command of commands) replies.push(await client.call(command.split(' ')));
        return replies;
      };
      expect(await calls('MULTI', `SET ${key} 1`, 'PING', 'EXEC')).toEqual(['OK', 'QUEUED', 'QUEUED', ['OK', 'PONG']]);
      expect(await calls(`WATCH ${key}`, `GET ${key}`, 'MULTI')).toEqual(['OK', '1', 'OK']);
      await connection.call(['INCR', key]);
      expect(await calls(`SET ${key} 9`, 'EXEC', `GET ${key}`)).toEqual(['QUEUED', null, '2']);
      expect(await client.pipeline([['MULTI'], ['INCR', key], ['EXEC'], ['CLUSTER', 'MYID']])).toEqual([
        'OK',
        'QUEUED',
        [3],
        cluster.primaries[0]!.id,
      ]);
      expect(await calls(`WATCH ${key}`)).toEqual(['OK']);
      await connection.call(['INCR', key]);
      expect(await client.transaction([['SET', key, 'mine']])).toBe(null);
    }
  });

  test('of single commands over several nodes is refused by the server', async () => {
    await using client = await open('raw');
    const [a, b] = cluster.primaries.map((node) => cluster.keyOn(node));
    await client.call(['MULTI']);
    await client.call(['SET', a!, 'v']);
    expect(await caught(client.call(['SET', b!, 'v']))).toMatchObject({ code: 'MOVED' });
    expect(await caught(client.call(['EXEC']))).toMatchObject({ code: 'EXECABORT' });
    expect(await client.call(['GET', a!])).toBe(null);
  });
});

test('a script runs on the node of its keys, which learns it when it has to', async () => {
  const lua = 'return {KEYS[1], redis.call("INCR", KEYS[1])}';
  for (const node of cluster.primaries) {
    const key = cluster.keyOn(node);
    expect(await connection.script(lua, [key], [])).toEqual([key, 1]);
    expect(await connection.script(lua, [key], [])).toEqual([key, 2]);
  }
});

test('says that it is a cluster', async () => {
  expect(await readServerFacts(connection)).toMatchObject({ topology: 'cluster' });
});

describe('a slot that moves', () => {
  let key: string;
  let slot: number;
  let from: ClusterNode;
  let to: ClusterNode;
  beforeAll(async () => {
    from = cluster.primaries[1]!;
    to = cluster.primaries[2]!;
    key = `{${cluster.keyOn(from, 'move')}}`;
    slot = slotOf(key);
  });
  const setslot = (node: ClusterNode, ...args: string[]) => node.admin.call('CLUSTER', 'SETSLOT', slot, ...args);
  const migrate = (...keys: string[]) =>
    from.admin.call('MIGRATE', '127.0.0.1', to.port, '', 0, 5_000, 'AUTH', address.password!, 'KEYS', ...keys);
  const begin = async () => {
    await setslot(to, 'IMPORTING', from.id);
    await setslot(from, 'MIGRATING', to.id);
  };
  const end = async () => {
    for (const node of [to, from, cluster.primaries[0]!]) await setslot(node, 'NODE', to.id);
  };
  afterEach(async () => {
    // Back to where it was.
    for (const { admin } of cluster.primaries) await admin.flushall();
    for (const node of [from, to, cluster.primaries[0]!]) await setslot(node, 'NODE', from.id);
  });

  test('is followed while it moves (ASK), and after (MOVED)', async () => {
    await using client = await open('follows');
    const names = ['a', 'b', 'c'].map((name) => key + name);
    expect(await client.pipeline(names.map((name) => ['SET', name, 'v']))).toEqual(['OK', 'OK', 'OK']);
    await begin();
    await migrate(names[0]!, names[1]!);
    expect(await client.call(['GET', names[0]!])).toBe('v');
    expect(await client.pipeline([...names.map((name) => ['APPEND', name, 'w']), ['PING']])).toEqual([2, 2, 2, 'PONG']);
    expect(
      await client.transaction([
        ['GET', names[0]!],
        ['APPEND', names[0]!, 'x'],
      ]),
    ).toEqual(['vw', 3]);
    expect(await client.script('return redis.call("GET", KEYS[1])', [names[1]!], [])).toBe('vw');
    expect(await client.call(['SET', `${key}new`, 'n'])).toBe('OK');
    expect(await to.admin.call('CLUSTER', 'COUNTKEYSINSLOT', slot)).toBe(3);

    await migrate(names[2]!);
    await end();
    expect(await client.pipeline(names.map((name) => ['GET', name]))).toEqual(['vwx', 'vw', 'vw']);
    expect(await client.transaction([['GET', `${key}new`]])).toEqual(['n']);
    expect(await to.admin.call('CLUSTER', 'COUNTKEYSINSLOT', slot)).toBe(4);
  });

  test('is waited for while the keys of one command are apart (TRYAGAIN)', async () => {
    const [a, b] = [`${key}a`, `${key}b`];
    await connection.call(['MSET', a, '1', b, '2']);
    await begin();
    await migrate(a);
    const both = connection.call(['MGET', a, b]);
    await delay(100);
    await migrate(b);
    await end();
    expect(await both).toEqual(['1', '2']);
  });

  test('takes its shard channels along', async () => {
    await using subscriber = await openSubscriber(address, { name: 'sharded' }, connection);
    const seen: string[] = [];
    subscriber.onDelivery(({ channel }) => seen.push(channel));
    subscriber.onDisconnect(() => seen.push('disconnected'));
    subscriber.onReconnect(() => seen.push('subscribed'));
    await subscriber.subscribe('shardChannels', [`${key}news`, 'elsewhere']);
    await subscriber.subscribe('channels', ['plain']);
    const publish = (channel: string) => connection.call(['SPUBLISH', channel, 'x']);
    expect([await publish(`${key}news`), await publish('elsewhere')]).toEqual([1, 1]);
    await connection.call(['PUBLISH', 'plain', 'x']);
    expect(await subscriber.catchUp()).toBe(true);
    expect(seen.sort()).toEqual(['elsewhere', 'plain', `${key}news`].sort());
    seen.length = 0;
    await begin();
    await end();
    await vi.waitFor(() => expect(seen).toEqual(['disconnected', 'subscribed']));
    expect([await publish(`${key}news`), await publish('elsewhere')]).toEqual([1, 1]);
    expect(await subscriber.catchUp()).toBe(true);
    expect(seen.slice(2).sort()).toEqual(['elsewhere', `${key}news`].sort());
    subscriber.pause();
    await connection.call(['PUBLISH', 'plain', 'y']);
    expect(await subscriber.catchUp()).toBe(false);
    subscriber.resume();
    expect(await subscriber.catchUp()).toBe(true);
    expect(seen.at(-1)).toBe('plain');
  });

  test('to where nobody gets is a command that was not sent', async () => {
    const nodeAddresses = { [to.name]: '127.0.0.1:1' };
    await using lost = await open('no route', { ...address, access: { nodeAddresses } });
    await lost.call(['SET', `${key}a`, 'v']);
    await begin();
    await migrate(`${key}a`);
    await end();
    for (const outcome of [
      lost.call(['APPEND', `${key}a`, 'w'], { timeoutMs: 200 }),
      lost.transaction([['APPEND', `${key}a`, 'w']], { timeoutMs: 200 }),
    ]) {
      expect(await caught(outcome)).toMatchObject({
        name: 'OutcomeUnknown',
        sent: false,
        message: expect.stringContaining(
          'was not sent: there was no connection for 200ms: cannot connect to 127.0.0.1:1',
        ),
      });
    }
  });

  test('in the middle of a run loses and repeats nothing', async () => {
    await using client = await open('counts');
    const counters = Array.from({ length: 10 }, (_, index) => `${key}n${index}`);
    let stopped = false;
    let rounds = 0;
    const run = async () => {
      for (; !stopped; rounds++) await client.pipeline(counters.map((name) => ['INCR', name]));
    };
    const running = run();
    await vi.waitFor(() => expect(rounds).toBeGreaterThan(3));
    await begin();
    for (const counter of counters) await migrate(counter);
    await end();
    const migrated = rounds;
    await vi.waitFor(() => expect(rounds).toBeGreaterThan(migrated + 3));
    stopped = true;
    await running;
    expect(await client.call(['MGET', ...counters])).toEqual(counters.map(() => String(rounds)));
  });
});

describe('connections of cases', () => {
  test('twenty namespaces at once, on all kinds of connections, are removed and nothing else', async () => {
    await connection.pipeline(Array.from({ length: 50 }, (_, index) => ['SET', `foreign${index}`, 'v']));
    await using pool = new ConnectionPool();
    const runs = Array.from({ length: 20 }, async (_, index) => {
      const mode = index % 2 === 0 ? 'isolated' : 'spread';
      const namespace = createNamespace({ mode, token: `run9-${index}`, ours: true });
      await using connections = openConnections(address, { caseName: `case${index}`, shared: connection, pool });
      const [named, dedicated] = await Promise.all([connections.named(), connections.dedicated('worker')]);
      const popped = dedicated.call(['BLPOP', namespace.key('list'), 5]);
      for (const redis of [connection, named]) {
        await redis.pipeline(Array.from({ length: 20 }, (_, n) => namespace.command(['SET', `k${n}`, index])));
      }
      expect(await named.call(namespace.command(['GET', 'k7']))).toBe(String(index));
      await named.call(namespace.command(['RPUSH', 'list', 'x']));
      expect(namespace.reply(await popped)).toEqual(['list', 'x']);
      await named.call(namespace.command(['EVAL', "redis.call('SET', KEYS[1] .. ':derived', 'v')", 1, `{k${index}}`]));
      await removeNamespace(connection, namespace);
    });
    await Promise.all(runs);
    const left = async () => {
      const all = await Promise.all(cluster.primaries.map(({ admin }) => admin.keys('*')));
      return all.flat();
    };
    expect((await left()).filter((key) => !key.startsWith('foreign'))).toHaveLength(20);
    await removeRun(connection, 'run9');
    const rest = await left();
    expect(rest.filter((key) => !key.startsWith('foreign'))).toEqual([]);
    expect(rest).toHaveLength(50);
  });

  test('pooled ones serve again, unless they hold state', async () => {
    await using pool = new ConnectionPool();
    const ids: number[] = [];
    for (const command of [['SET', 'a', 'v'], ['WATCH', 'a'], ['PING']]) {
      await using connections = openConnections(address, { caseName: 'pooled', shared: connection, pool });
      const named = await connections.named();
      ids.push(named.id);
      await named.call(command);
    }
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[1]);
  });
});

describe('nodes that are known by other addresses', () => {
  test('are reached by those that they are mapped to', async () => {
    const [first, ...others] = cluster.primaries;
    const byName = cluster.target.url.replace('127.0.0.1', 'localhost');
    await using direct = await open('by name', parseRedisUrl(byName));
    await direct.call(['SET', cluster.keyOn(first!), 'v']);
    // It told its name, so that there is one connection to it.
    expect(await connectionsOf(first!, 'by_name')).toBe(1);

    const nodeAddresses = Object.fromEntries(others.map(({ name }) => [name, name.replace('127.0.0.1', 'localhost')]));
    await using mapped = await open('mapped', { ...address, access: { nodeAddresses } });
    for (const node of cluster.primaries) expect(await mapped.call(['SET', cluster.keyOn(node), 'v'])).toBe('OK');
    expect(nodeAddress({ ...address, access: { nodeAddresses } }, others[0]!.name)).toMatchObject({
      host: 'localhost',
    });
  });

  test('or say where nobody can be reached', async () => {
    const [, second] = cluster.primaries;
    const nodeAddresses = { [second!.name]: '127.0.0.1:1' };
    await using lost = await open('lost', { ...address, access: { nodeAddresses } });
    const error = await caught(lost.call(['GET', cluster.keyOn(second!)], { timeoutMs: 200 }));
    expect(error).toMatchObject({
      name: 'OutcomeUnknown',
      sent: false,
      message:
        'GET was not sent: there was no connection for 200ms: cannot connect to 127.0.0.1:1: connection refused: ' +
        `no server listens there (the cluster at ${cluster.primaries[0]!.name} names this node)`,
    });
    expect(await lost.call(['GET', cluster.keyOn(cluster.primaries[2]!)])).toBe(null);
    expect(await caught(assertClusterServes(lost, 'the address'))).toMatchObject({
      name: 'TargetError',
      message: `cannot connect to 127.0.0.1:1: connection refused: no server listens there (the cluster at ${cluster.primaries[0]!.name} names this node)`,
      details: {
        next:
          "start the server, or correct the address; where a node's own address leads nowhere from here, map it: " +
          `nodeAddresses: { "${second!.name}": "host:port" }`,
      },
    });
    await assertClusterServes(connection, 'the address');
  });
});
