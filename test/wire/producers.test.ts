import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Target } from '../../src/contracts/target.js';
import { Digits } from '../../src/wire/command/hole.js';
import type { Journal } from '../../src/wire/plan.js';
import { startTestServer } from '../support/server.js';
import { mixOfCommands, openAdmin, openWire } from './support.js';

let target: Target;
let admin: Redis;
beforeAll(async () => {
  target = await startTestServer();
  admin = openAdmin(target);
});
afterEach(async () => {
  await admin.flushall();
});
afterAll(async () => {
  admin.disconnect();
  await target[Symbol.asyncDispose]();
});

/** Keeps what it is told, as `sent 3`. */
class Notes implements Journal {
  readonly notes: string[] = [];
  readonly dues: number[] = [];

  sending(operation: number): void {
    this.notes.push(`sent ${operation}`);
  }
  answered(operation: number, due: number, kind: string, bytes: Buffer, start: number, end: number): void {
    this.dues[operation] = due;
    this.notes.push(`${kind === 'error' ? bytes.toString('latin1', start, end).split(' ')[0] : 'ok'} ${operation}`);
  }
  lost(operation: number): void {
    this.notes.push(`lost ${operation}`);
  }
  of(what: string): number[] {
    return this.notes.flatMap((note) => (note.startsWith(`${what} `) ? [Number(note.split(' ')[1])] : []));
  }
}

const numbers = (count: number) => Array.from({ length: count }, (_, number) => number);
const pushes = () => mixOfCommands(['RPUSH', 'list', [new Digits((operation) => operation)]]);

test('each client sends its own operations, in their order', async () => {
  using wire = await openWire(target, { clients: 3, pipeline: 128 });
  const journal = new Notes();
  const run = wire.run({ mix: pushes(), count: 1_000, producers: { journal } });
  await run.finished;
  const list = (await admin.lrange('list', 0, -1)).map(Number);
  for (const client of [0, 1, 2]) {
    const own = numbers(1_000).filter((operation) => operation % 3 === client);
    expect(list.filter((operation) => operation % 3 === client)).toEqual(own);
    expect(journal.of('sent').filter((operation) => operation % 3 === client)).toEqual(own);
  }
  expect(journal.of('ok').length).toBe(1_000);
  expect([run.failure, run.unsent]).toEqual([undefined, 0]);
});

test('with a rate each is due at a time of its own', async () => {
  using wire = await openWire(target, { clients: 2, pipeline: 128 });
  const journal = new Notes();
  const run = wire.run({ mix: pushes(), forMs: 300, producers: { rate: 1_000, journal } });
  await run.finished;
  expect(journal.dues).toEqual(numbers(300).map((operation) => run.startMs + operation));
  expect(run.endMs! - run.startMs).toBeGreaterThan(298);
});

describe('a server', () => {
  test('that is silent for too long leaves what was sent unknown, and is sent the rest', async () => {
    using wire = await openWire(target, { clients: 1, pipeline: 64 });
    const journal = new Notes();
    target.nodes![0]!.pause();
    const run = wire.run({ mix: pushes(), count: 200, replyTimeoutMs: 100, producers: { journal } });
    await expect.poll(() => journal.of('lost'), { timeout: 20_000 }).toEqual(numbers(64));
    target.nodes![0]!.resume();
    await run.finished;
    expect(
      journal
        .of('ok')
        .concat(journal.of('lost'))
        .toSorted((a, b) => a - b),
    ).toEqual(numbers(200));
    const list = new Set((await admin.lrange('list', 0, -1)).map(Number));
    expect(journal.of('ok').every((operation) => list.has(operation))).toBe(true);
  });

  test('that has become a replica is left for whoever is the primary now', async () => {
    using wire = await openWire(target, { clients: 1, pipeline: 64 });
    const journal = new Notes();
    const run = wire.run({ mix: pushes(), forMs: 60_000, producers: { journal } });
    await expect.poll(() => journal.of('ok').length, { timeout: 20_000 }).toBeGreaterThan(0);
    await admin.call('REPLICAOF', '127.0.0.1', '1');
    await expect.poll(() => run.tally.disconnects, { timeout: 20_000 }).toBe(1);
    await admin.call('REPLICAOF', 'NO', 'ONE');
    const before = journal.of('ok').length;
    await expect.poll(() => journal.of('ok').length, { timeout: 20_000 }).toBeGreaterThan(before);
    run.end();
    await run.finished;
    expect(journal.of('-READONLY').length).toBeGreaterThan(0);
  });

  test('that is gone ends the run when nobody has had a connection for long enough', async () => {
    await using own = await startTestServer();
    using wire = await openWire(own, { clients: 3, pipeline: 64 });
    const journal = new Notes();
    const run = wire.run({ mix: pushes(), count: 10_000_000, patienceMs: 300, producers: { journal } });
    await own.nodes![0]!.kill();
    await run.finished;
    expect(run.failure?.message).toMatch(/^cannot connect to \S+: connection refused/);
    expect(journal.of('sent').length).toBe(journal.of('ok').length + journal.of('lost').length);
  });
});

describe('how late the last was sent', () => {
  const rate = 1_000;

  test('counts from when it was due, or had a connection again', async () => {
    await using own = await startTestServer();
    using wire = await openWire(own, { clients: 1, pipeline: 1_024 });
    const journal = new Notes();
    const run = wire.run({ mix: pushes(), forMs: 1_500, producers: { rate, journal } });
    await expect.poll(() => journal.of('ok').length, { timeout: 20_000 }).toBeGreaterThan(10);
    const [node] = own.nodes!;
    await node!.kill();
    await expect.poll(() => performance.now() - run.startMs, { timeout: 20_000 }).toBeGreaterThan(2_500);
    await node!.restart();
    await run.finished;
    expect([journal.of('sent').length, run.unsent]).toEqual([1_500, 0]);
    expect(run.lateMs).toBeLessThan(900);
  });

  test('of one that was due and never sent, until the end', async () => {
    await using own = await startTestServer();
    using wire = await openWire(own, { clients: 2, pipeline: 1_024 });
    const journal = new Notes();
    const run = wire.run({ mix: pushes(), count: 1_000, latestMs: 1_500, drainMs: 100, producers: { rate, journal } });
    await expect.poll(() => journal.of('ok').length, { timeout: 20_000 }).toBeGreaterThan(10);
    await own.nodes![0]!.kill();
    await run.finished;
    const sent = journal.of('sent').length;
    expect(run.unsent).toBe(1_000 - sent);
    expect(run.lateMs).toBeGreaterThan(1_490 - sent);
  });
});

test('what a journal raises ends the run, and what it has no more use for is not sent', async () => {
  using wire = await openWire(target, { clients: 1, pipeline: 64 });
  const failing = new (class extends Notes {
    override sending(operation: number): void {
      if (operation === 100) throw new Error('no such message');
      super.sending(operation);
    }
  })();
  const failed = wire.run({ mix: pushes(), count: 1_000, producers: { journal: failing } });
  await failed.finished;
  expect(failed.failure?.message).toBe('no such message');
  expect(failing.of('ok').length + failing.of('lost').length).toBe(100);

  using other = await openWire(target, { clients: 1, pipeline: 64 });
  const full = new (class extends Notes {
    get isOver(): boolean {
      return this.of('ok').length > 0;
    }
  })();
  const run = other.run({ mix: pushes(), count: 1_000_000, producers: { journal: full } });
  await run.finished;
  expect(full.of('ok')).toEqual(full.of('sent'));
  expect(full.of('ok').length).toBeLessThan(1_000);
});
