import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Target } from '../../src/contracts/target.js';
import { TargetError } from '../../src/errors.js';
import { addressOf, parseRedisUrl } from '../../src/redis/url.js';
import { uniform } from '../../src/wire/command/distribution.js';
import { Digits } from '../../src/wire/command/hole.js';
import { folderWith } from '../support/redrill.js';
import { startTestServer } from '../support/server.js';
import { commandStats, mixOfCommands, openAdmin, openWire, outcomeOf, relayTo } from './support.js';

let target: Target;
let admin: Redis;
beforeAll(async () => {
  target = await startTestServer();
  admin = openAdmin(target);
});
afterAll(async () => {
  admin.disconnect();
  await target[Symbol.asyncDispose]();
});

const key = (count: number) => ['key:', new Digits(uniform(count, 1, 0))];

describe('a run', () => {
  test('counts what the server counts', async () => {
    await admin.set('text', 'x');
    await admin.call('CONFIG', 'RESETSTAT');
    using wire = await openWire(target);
    const mix = mixOfCommands(['SET', key(50), 'value'], ['GET', key(500)], ['LPUSH', 'text', 'y'], ['NOSUCH']);
    const { tally, ...counts } = await outcomeOf(wire.run({ mix, count: 4_001 }));
    const stats = await commandStats(admin);
    const [set, get, lpush, unknown] = tally.rows.map(({ operations, errors, nulls }) => ({
      operations,
      errors,
      nulls,
    }));
    expect(set).toEqual({ operations: stats.set!.calls, errors: 0, nulls: 0 });
    expect(get!.operations).toBe(stats.get!.calls);
    expect(get!.nulls).toBeGreaterThan(0);
    expect(lpush).toEqual({ operations: stats.lpush!.calls, errors: stats.lpush!.failed, nulls: 0 });
    expect(counts).toMatchObject({ operations: 4_001, unknown: 0, unsent: 0, failure: undefined });
    expect(Object.fromEntries(tally.errorsByCode)).toEqual({ WRONGTYPE: lpush!.errors, ERR: unknown!.operations });
    expect(tally.replies.toObject()).toEqual({
      OK: set!.operations,
      null: get!.nulls,
      value: get!.operations - get!.nulls,
    });
    expect(tally.latency().total).toBe(4_001);
    expect(tally.series.seconds.reduce((sum, second) => sum + second.operations, 0)).toBe(4_001);
  });

  test('follows another on the same connections', async () => {
    using wire = await openWire(target, { clients: 3 });
    const mix = mixOfCommands(['INCR', 'again']);
    for (const total of [100, 200]) {
      await outcomeOf(wire.run({ mix, count: 100 }));
      expect(await admin.get('again')).toBe(String(total));
    }
  });

  test('leaves its warm-up out', async () => {
    using wire = await openWire(target);
    const { operations, tally } = await outcomeOf(
      wire.run({ mix: mixOfCommands(['INCR', 'warm']), forMs: 300, warmupMs: 150 }),
    );
    expect(operations).toBeGreaterThan(0);
    expect(tally.warmup).toBeGreaterThan(0);
    expect(tally.warmup + operations!).toBe(Number(await admin.get('warm')));
  });

  test('keeps the replies that were asked for', async () => {
    using wire = await openWire(target);
    const mix = mixOfCommands(['SETRANGE', 'large', 99_999, 'y'], ['GET', 'large']);
    const run = wire.run({ mix, count: 200, samples: { every: 10, most: 5 } });
    await run.finished;
    expect(run.samples).toHaveLength(5);
    for (const { operation, reply } of run.samples) {
      expect(operation % 10).toBe(0);
      if (mix.pick(operation) === 0) expect(reply).toBe(100_000);
      else expect(reply === null || String(reply).length === 100_000).toBe(true);
    }
  });

  test('hands out the strings in replies', async () => {
    await admin.set('body', 'z'.repeat(100_000));
    using wire = await openWire(target);
    const seen: number[] = [];
    const onBulk = (operation: number, bytes: Buffer, start: number, end: number) => {
      if (bytes.subarray(start, end).every((byte) => byte === 122)) seen[operation] = end - start;
    };
    await wire.run({ mix: mixOfCommands(['GET', 'body']), count: 20, onBulk }).finished;
    expect(seen).toEqual(Array.from({ length: 20 }, () => 100_000));
  });

  test('in an open loop sends each operation that is due', async () => {
    using wire = await openWire(target);
    const stages = [{ forMs: 500, from: 1_000, to: 1_000 }];
    const run = wire.run({ mix: mixOfCommands(['INCR', 'open']), arrivals: { stages, arrival: 'constant', seed: 1 } });
    const { operations, unsent, tally } = await outcomeOf(run);
    expect([operations, unsent, tally.lag.total]).toEqual([500, 0, 500]);
    expect(await admin.get('open')).toBe('500');
    expect(run.endMs! - run.startMs).toBeGreaterThan(498);
  });
});

test('a client that waits for long holds up no other', async () => {
  using wire = await openWire(target, { clients: 3, pipeline: 1 });
  const { templates } = mixOfCommands(['BLPOP', 'nothing', '0.4'], ['PING']);
  const mix = { templates, pick: (operation: number) => (operation === 0 ? 0 : 1) };
  const stages = [{ forMs: 300, from: 200, to: 200 }];
  const run = wire.run({ mix, arrivals: { stages, arrival: 'constant', seed: 1 } });
  await expect.poll(() => run.tally.rows[1]!.operations, { timeout: 20_000 }).toBe(59);
  const { operations, unknown, unsent } = await outcomeOf(run);
  expect([operations, unknown, unsent]).toEqual([60, 0, 0]);
});

describe('a server that pauses', () => {
  test('shows in the latencies of an open loop, which count from when an operation was due', async () => {
    using wire = await openWire(target);
    const stages = [{ forMs: 600, from: 500, to: 500 }];
    const run = wire.run({ mix: mixOfCommands(['PING']), arrivals: { stages, arrival: 'constant', seed: 1 } });
    setTimeout(() => target.nodes![0]!.pause(), 100);
    setTimeout(() => target.nodes![0]!.resume(), 350);
    const { operations, unsent, tally } = await outcomeOf(run);
    expect([operations, unsent]).toEqual([300, 0]);
    expect(tally.latency().max).toBeGreaterThan(200);
    // A third of the operations was due during the pause.
    expect(tally.latency().percentile(0.8)).toBeGreaterThan(50);
  });

  test('for good leaves what was sent unknown, and what was due unsent', async () => {
    using wire = await openWire(target);
    target.nodes![0]!.pause();
    try {
      const stages = [{ forMs: 100, from: 1_000, to: 1_000 }];
      const run = wire.run({
        mix: mixOfCommands(['PING']),
        arrivals: { stages, arrival: 'constant', seed: 1 },
        drainMs: 50,
      });
      expect(await outcomeOf(run)).toMatchObject({ operations: 0, unknown: 20, unsent: 80 });
    } finally {
      target.nodes![0]!.resume();
    }
    const { operations, unknown } = await outcomeOf(wire.run({ mix: mixOfCommands(['PING']), count: 50 }));
    expect([operations, unknown]).toEqual([50, 0]);
  });
});

describe('a connection that breaks', () => {
  test('leaves what was in flight unknown, and is made again', async () => {
    using wire = await openWire(target, { clients: 10, pipeline: 20 });
    const run = wire.run({ mix: mixOfCommands(['INCR', 'broken']) });
    await killClients();
    await expect.poll(() => run.tally.disconnects, { timeout: 20_000 }).toBe(10);
    const before = run.tally.sum('operations');
    await expect.poll(() => run.tally.sum('operations'), { timeout: 20_000 }).toBeGreaterThan(before + 1_000);
    run.stop();
    const { operations, unknown, tally } = await outcomeOf(run);
    expect(unknown).toBeGreaterThan(0);
    expect(tally.disconnects).toBe(10);
    const applied = Number(await admin.get('broken'));
    expect(applied).toBeGreaterThanOrEqual(operations!);
    expect(applied).toBeLessThanOrEqual(operations! + unknown!);
  });

  test('ends the run where it is told to', async () => {
    using wire = await openWire(target);
    const run = wire.run({ mix: mixOfCommands(['PING']), onDisconnect: 'stop' });
    await killClients();
    const { failure, unknown, unsent } = await outcomeOf(run);
    expect(failure).toBeInstanceOf(Error);
    expect(unknown).toBeGreaterThan(0);
    expect(unsent).toBe(0);
  });

  const killClients = async () => {
    const list = String(await admin.call('CLIENT', 'LIST'));
    for (const [, id] of list.matchAll(/^id=(\d+) .* name=load /gm)) await admin.call('CLIENT', 'KILL', 'ID', id!);
  };
});

describe('reaches', () => {
  test('a Unix socket, logged in, in a database of its own', async () => {
    const socket = path.join(folderWith(), 'redis.sock');
    // The server listens on TCP alone.
    await using _ = await relayTo(target, socket);
    using wire = await openWire(parseRedisUrl(`unix://:${new URL(target.url).password}@${socket}?db=3`));
    await outcomeOf(wire.run({ mix: mixOfCommands(['INCR', 'third']), count: 40 }));
    await admin.select(3);
    expect(await admin.get('third')).toBe('40');
    await admin.select(0);
  });

  test('a server that wants TLS and a user', async () => {
    await using secret = await startTestServer({
      tls: true,
      config: { 'tls-auth-clients': 'yes' },
      acl: { users: [{ name: 'loader', rules: '~* +@all' }], as: 'loader' },
    });
    using wire = await openWire(addressOf(secret));
    const mix = mixOfCommands(['SET', key(100), 'v'.repeat(50_000)], ['GET', key(100)], ['ACL', 'WHOAMI']);
    const { operations, errors, tally } = await outcomeOf(wire.run({ mix, count: 3_000 }));
    expect([operations, errors]).toEqual([3_000, 0]);
    expect(tally.replies.toObject()).toMatchObject({
      loader: tally.rows[2]!.operations,
      OK: tally.rows[0]!.operations,
    });
  });

  test('a server whose password is made for each connection', async () => {
    const { password, ...address } = addressOf(target);
    let made = 0;
    const access = {
      password: async () => {
        made++;
        return password!;
      },
    };
    using wire = await openWire({ ...address, password: null, access }, { clients: 3 });
    const { errors } = await outcomeOf(wire.run({ mix: mixOfCommands(['PING']), count: 10 }));
    expect([errors, made]).toEqual([0, 4]);
  });

  test('nobody where nobody listens, and says so', async () => {
    const wrong = { ...addressOf(target), password: 'wrong' };
    await expect(openWire(wrong)).rejects.toThrow(TargetError);
    await expect(openWire(parseRedisUrl('redis://127.0.0.1:1'))).rejects.toThrow('connection refused');
  });
});

test('what answers rubbish ends the run, and what was in flight is unknown', async () => {
  await using relay = await relayTo(target, 0, (data) =>
    data.includes('GET') ? 'HTTP/1.1 200 OK\r\n\r\n' : undefined,
  );
  const address = { ...addressOf(target), ...(relay.address() as AddressInfo) }; // it listens on TCP
  using wire = await openWire({ ...address, kind: 'tcp', host: '127.0.0.1', tls: false });
  const { failure, unknown } = await outcomeOf(wire.run({ mix: mixOfCommands(['GET', 'text']), count: 100 }));
  expect(failure?.message).toBe('"H" where a reply begins');
  expect(unknown).toBeGreaterThan(0);
});
