import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { KeyMode } from '../../../src/contracts/case.js';
import type { Forensics, KeyState } from '../../../src/contracts/forensics.js';
import type { Argument, Connection } from '../../../src/contracts/redis.js';
import type { Target } from '../../../src/contracts/target.js';
import { openConnection } from '../../../src/redis/connection.js';
import { openConnections } from '../../../src/redis/connections.js';
import { captureClients, captureForensics, type Subject, sampleServer } from '../../../src/redis/forensics/capture.js';
import { createNamespace } from '../../../src/redis/namespace.js';
import { addressOf, parseRedisUrl } from '../../../src/redis/url.js';
import { startCluster } from '../../support/cluster.js';
import { startTestServer } from '../../support/server.js';

let server: Target;
let redis: Connection;
beforeAll(async () => {
  server = await startTestServer();
  redis = await openConnection(addressOf(server), { name: 'redrill:forensics-test' });
});
afterAll(async () => {
  await redis[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

let cases = 0;

interface CaseOptions {
  readonly mode?: KeyMode;
  readonly owns?: readonly string[];
  readonly ours?: boolean;
  readonly connection?: Connection;
}

/** A case of its own that has sent these commands. */
async function ran(
  commands: readonly (readonly Argument[])[],
  { mode = 'isolated', owns = [], ours = true, connection = redis }: CaseOptions = {},
): Promise<Subject> {
  const namespace = createNamespace({ mode, token: `f-${cases++}`, ours });
  for (const command of commands) await connection.call(namespace.command(command));
  return { namespace, owns, ours, ownName: () => undefined, elapsedMs: 10_000, before: new Map() };
}

/** Looks again where a machine that is busy did not answer in time. */
async function capture(
  subject: Subject,
  target: Pick<Target, 'url'> = server,
  cluster?: Connection,
): Promise<Forensics> {
  return await vi.waitFor(async () => {
    const forensics = await captureForensics({ address: addressOf(target), ...(cluster && { cluster }) }, subject);
    expect(forensics).toBeDefined();
    if (target === server) expect(forensics!.refused).toEqual([]);
    return forensics!;
  }, 15_000);
}

const bytes = (...values: number[]) => Buffer.from(values);
const numbers = (count: number) => Array.from({ length: count }, (_, index) => String(index));

describe('a key', () => {
  const cases: readonly [type: string, commands: readonly (readonly Argument[])[], state: Partial<KeyState>][] = [
    ['a string', [['SET', 'k', 'value']], { type: 'string', length: 5, first: ['value'], last: [] }],
    [
      'an empty list is none',
      [
        ['RPUSH', 'k', 'a'],
        ['LPOP', 'k'],
        ['SET', 'other', '1'],
      ],
      { key: 'other' },
    ],
    ['bytes', [['SET', 'k', bytes(255, 0)]], { type: 'string', length: 2, first: [{ base64: '/wA=' }], last: [] }],
    ['a short list', [['RPUSH', 'k', 'a', 'b']], { type: 'list', length: 2, first: ['a', 'b'], last: [] }],
    [
      'a list whose ends overlap',
      [['RPUSH', 'k', ...numbers(13)]],
      { type: 'list', length: 13, first: numbers(10), last: ['10', '11', '12'] },
    ],
    [
      'a long list',
      [['RPUSH', 'k', ...numbers(50)]],
      { type: 'list', length: 50, first: numbers(10), last: numbers(50).slice(40) },
    ],
    ['a set', [['SADD', 'k', 'a']], { type: 'set', length: 1, first: ['a'], last: [] }],
    ['a hash', [['HSET', 'k', 'a', '1']], { type: 'hash', length: 1, first: [['a', '1']], last: [] }],
    [
      'a sorted set',
      [['ZADD', 'k', '1.5', 'a', '1', 'b']],
      {
        type: 'zset',
        length: 2,
        first: [
          ['b', 1],
          ['a', 1.5],
        ],
        last: [],
      }, // prettier
    ],
    [
      'a stream, its newest last',
      [...numbers(12).map((at) => ['XADD', 'k', `1-${Number(at) + 1}`, 'f', at])],
      {
        type: 'stream',
        length: 12,
        first: numbers(10).map((at) => [`1-${Number(at) + 1}`, ['f', at]]),
        last: [
          ['1-11', ['f', '10']],
          ['1-12', ['f', '11']],
        ],
        groups: [],
      },
    ],
    ['one that expires', [['SET', 'k', 'v', 'PX', '100000']], { ttlMs: expect.any(Number) }],
    ['one that never does', [['SET', 'k', 'v']], { ttlMs: null, bytes: expect.any(Number) }],
  ];

  test.each(cases)('%s', async (_, commands, state) => {
    const { keys, moreKeys, refused } = await capture(await ran(commands));
    expect([keys, moreKeys, refused]).toMatchObject([[{ key: 'k', ...state }], 0, []]);
  });

  test('a long string is cut between two characters', async () => {
    const { keys } = await capture(await ran([['SET', 'k', `a${'€'.repeat(2_000)}`]]));
    expect(keys).toMatchObject([{ length: 6_001, first: [`a${'€'.repeat(1_365)}`] }]);
  });

  test('of large entries there is none', async () => {
    const { keys } = await capture(await ran([['RPUSH', 'k', Buffer.alloc(300_000), Buffer.alloc(300_000)]]));
    expect(keys).toMatchObject([{ key: 'k', type: 'list', length: 2, first: [], last: [] }]);
  });

  test('of a stream its groups, with who holds what for how long', async () => {
    const subject = await ran([
      ...['1-1', '1-2', '1-3'].map((id) => ['XADD', 'orders', id, 'n', id]),
      ['XGROUP', 'CREATE', 'orders', 'work', '0'],
      ['XREADGROUP', 'GROUP', 'work', 'ann', 'COUNT', '1', 'STREAMS', 'orders', '>'],
      ['XREADGROUP', 'GROUP', 'work', 'bob', 'COUNT', '1', 'STREAMS', 'orders', '>'],
      ['XCLAIM', 'orders', 'work', 'ann', '0', '1-1', 'IDLE', '60000'],
      ['XACK', 'orders', 'work', '1-2'],
    ]);
    const { keys } = await capture(subject);
    const ms = expect.any(Number);
    expect(keys[0]?.groups).toEqual([
      {
        name: 'work',
        lag: expect.toBeOneOf([1, null]), // known since 7.0
        lastDelivered: '1-2',
        pending: 1,
        consumers: [
          { name: 'ann', pending: 1, idleMs: ms },
          { name: 'bob', pending: 0, idleMs: ms },
        ],
        oldest: [{ id: '1-1', consumer: 'ann', idleMs: ms, deliveries: 2 }],
      },
    ]);
  });
});

describe('the keys', () => {
  test('are those of the case alone, as it named them, in the order that it did', async () => {
    await ran([['SET', 'foreign', '1']]);
    const { keys } = await capture(
      await ran([
        ['SET', 'z', '1'],
        ['SET', 'a', '1'],
        ['GET', 'absent'],
      ]),
    );
    expect(keys.map(({ key }) => key)).toEqual(['z', 'a']);
  });

  test('are those too that a script or a program made', async () => {
    const subject = await ran([['SET', 'a', '1']], { mode: 'spread' });
    await redis.call(['SET', `${subject.namespace.prefix}made`, '1']);
    const { keys } = await capture(subject);
    expect(keys.map(({ key }) => key)).toEqual(['a', 'made']);
  });

  test('are bounded, and the rest is counted', async () => {
    const { keys, moreKeys } = await capture(await ran(numbers(60).map((name) => ['SET', name, '1'])));
    expect([keys.map(({ key }) => key), moreKeys]).toEqual([numbers(60).slice(0, 50), 10]);
  });

  test('may have names that are no text', async () => {
    const { keys } = await capture(await ran([['SET', bytes(255, 1), '1']]));
    expect(keys.map(({ key }) => key)).toEqual(['base64:/wE=']);
  });

  test('with literal names are those that the case owns', async () => {
    await redis.pipeline([
      ['SET', 'literal-mine', '1'],
      ['SET', 'literal-theirs', '1'],
    ]);
    onTestFinished(async () => void (await redis.call(['DEL', 'literal-mine', 'literal-theirs'])));
    const owns = ['literal-mine', 'literal-absent'];
    const { keys, moreKeys } = await capture(await ran([['GET', 'literal-theirs']], { mode: 'literal', owns }));
    expect([keys.map(({ key }) => key), moreKeys]).toEqual([['literal-mine'], 0]);
  });

  test('of a case that has none are none', async () => {
    expect(await capture(await ran([]))).toMatchObject({ keys: [], moreKeys: 0, refused: [] });
  });
});

describe('clients', () => {
  test("are the case's own, by their names in it, spare ones from another case included", async () => {
    await using connections = openConnections(addressOf(server), { caseName: 'f-clients', shared: redis });
    await using others = openConnections(addressOf(server), { caseName: 'f-clients2', shared: redis });
    await Promise.all([connections.named(), connections.dedicated('worker'), others.named()]);
    const clients = await captureClients({ address: addressOf(server) }, connections.ownName);
    expect(clients?.map(({ name, flags }) => [name, flags]).sort()).toEqual([
      ['commands', 'N'],
      ['worker', 'N'],
    ]);
    expect(clients?.[0]).not.toHaveProperty('addr');
  });
});

describe('the server', () => {
  const slowly =
    "local s = redis.call('TIME') repeat local n = redis.call('TIME') until (n[1] - s[1]) * 1000000 + n[2] - s[2] > 15000 return ARGV[1]";

  test('tells how it is, and what grew since the run began', async () => {
    const before = await sampleServer(redis, addressOf(server));
    const subject = await ran([
      ['SET', 'a', '1'],
      ['SET', 'a', '1', 'PX', '1'],
    ]);
    const { server: states } = await capture({ ...subject, before });
    expect(states).toEqual([
      {
        node: server.address,
        now: expect.objectContaining({ role: 'master', maxmemory_policy: 'noeviction', blocked_clients: 0 }),
        grew: expect.objectContaining({ total_commands_processed: expect.any(Number) }),
      },
    ]);
    expect(states[0]!.grew.total_commands_processed).toBeGreaterThanOrEqual(2);
    expect(states[0]!.grew).not.toHaveProperty('rejected_connections');
  });

  test('tells which commands were slow since the case began, without the namespace', async () => {
    await redis.call(['SLOWLOG', 'RESET']);
    const subject = await ran([['EVAL', slowly, '1', 'k', 'x'.repeat(300)]]);
    const { slow } = await capture(subject);
    expect(slow).toContainEqual({ command: 'EVAL … 1 k …', ms: expect.any(Number), agoMs: expect.any(Number) });
    expect((await capture({ ...subject, elapsedMs: -2_000 })).slow).toEqual([]);
  });

  test('of somebody else tells nothing of what others sent but the name', async () => {
    await redis.call(['SLOWLOG', 'RESET']);
    await redis.call(['EVAL', slowly, '1', 'theirs', 'their-argument']);
    const subject = await ran([['EVAL', slowly, '1', 'mine', 'arg']], { ours: false });
    const { slow } = await capture(subject);
    const commands = slow.map(({ command }) => command);
    expect(commands).toEqual(expect.arrayContaining(['EVAL …', 'EVAL … 1 mine arg']));
    expect(commands.join()).not.toContain('their');
  });
});

test('what a user may not ask is left out, and named', async () => {
  const rules = '~* &* +@all -slowlog -client|list -memory -xpending -xinfo -scan -info -pttl';
  await using target = await startTestServer({ acl: { as: 'app', users: [{ name: 'app', rules }] } });
  const own = await openConnection(addressOf(target), { name: 'redrill:forensics-test' });
  onTestFinished(() => own[Symbol.asyncDispose]());
  const subject = await ran(
    [
      ['XADD', 's', '1-1', 'a', '1'],
      ['SET', 'k', 'v', 'EX', '100'],
    ],
    { connection: own },
  );
  const { keys, ...others } = await capture(subject, target);
  expect(keys).toMatchObject([
    { key: 's', type: 'stream', length: 1, ttlMs: null, bytes: null, first: [['1-1', ['a', '1']]] },
    { key: 'k', type: 'string', length: 1, ttlMs: null, bytes: null, first: ['v'] },
  ]);
  expect(others).toEqual({
    moreKeys: null,
    clients: [],
    slow: [],
    server: [],
    refused: ['CLIENT LIST', 'INFO', 'MEMORY USAGE', 'PTTL', 'SCAN', 'SLOWLOG', 'XINFO GROUPS'],
  });
});

describe('a server that does not answer', () => {
  /** Beyond the limit that is promised, for a machine that is busy. */
  const GENEROUS_MS = 10_000;

  test('is not waited for when it is gone', { timeout: GENEROUS_MS }, async () => {
    const gone = await startTestServer();
    await gone[Symbol.asyncDispose]();
    expect(await captureForensics({ address: parseRedisUrl(gone.url) }, await ran([]))).toBeUndefined();
    expect(await captureClients({ address: parseRedisUrl(gone.url) }, () => '')).toBeUndefined();
  });

  test('is not waited for long when it is stopped', { timeout: GENEROUS_MS }, async () => {
    await using stopped = await startTestServer();
    const node = stopped.nodes![0]!; // a managed server has one
    await node.pause();
    try {
      expect(await captureForensics({ address: addressOf(stopped) }, await ran([]))).toBeUndefined();
    } finally {
      await node.resume();
    }
  });
});

describe('a cluster', () => {
  test('tells of each node, and of the keys on all of them', { timeout: 60_000 }, async () => {
    await using cluster = await startCluster();
    const { address, primaries, target, ownerOf } = cluster;
    await using connection = await openConnection(address, { name: 'redrill:forensics-test' });
    const before = await sampleServer(connection, address);
    const subject = await ran(
      numbers(12).map((name) => ['SET', name, '1']),
      { mode: 'spread', connection },
    );
    const { keys, moreKeys, server: states, refused } = await capture({ ...subject, before }, target);
    expect(keys.map(({ key }) => key)).toEqual(numbers(12));
    expect([moreKeys, refused]).toEqual([0, []]);
    expect(states.map(({ node }) => node).sort()).toEqual(primaries.map(({ name }) => name).sort());
    for (const { grew } of states) expect(grew.total_commands_processed).toBeGreaterThan(0);

    // One node less, the one that the target is known by: what the others know is told.
    const [first, ...left] = primaries;
    const patient = { 'cluster-node-timeout': '60000', 'cluster-require-full-coverage': 'no' };
    await Promise.all(left.map((node) => node.server.configure(patient)));
    await first!.server.kill();
    const lost = numbers(12).filter((name) => ownerOf(subject.namespace.prefix + name) === first);
    expect(lost.length).toBeGreaterThan(0);
    await vi.waitFor(async () => {
      const partly = await capture({ ...subject, before }, target, connection);
      expect(partly.server.map(({ node }) => node).sort()).toEqual(left.map(({ name }) => name).sort());
      expect(partly.keys.map(({ key }) => key)).toEqual(numbers(12).filter((name) => !lost.includes(name)));
      expect(partly.refused).toContain('INFO');
    }, 30_000);
  });
});
