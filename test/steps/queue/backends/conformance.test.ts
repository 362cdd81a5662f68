import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Connection } from '../../../../src/contracts/redis.js';
import {
  BACKENDS,
  type Idle,
  isTaken,
  type QueueBackend,
  type Taken,
} from '../../../../src/steps/queue/backends/backend.js';
import { createBackend } from '../../../../src/steps/queue/backends/create.js';
import { queueKeys } from '../../../../src/steps/queue/keys.js';
import { openTestContext, type TestContext } from '../../context.js';
import { endLeases } from '../crash.js';
import { complete as completeIn, take as takeFrom } from '../turn.js';

/** No lease ends by itself, however slow the machine is. */
const VISIBILITY_MS = 60_000;
const options = {};

/** What every kind of queue owes its producers and consumers. */
describe.each(BACKENDS)('a queue on the %s backend', (kind) => {
  let opened: TestContext;
  let redis: Connection;
  let queue: QueueBackend;
  /** Milliseconds that leases were moved on by. */
  let passed: number;

  const open = (visibilityMs: number | null) =>
    createBackend(kind, queueKeys(opened.context.namespace, 'orders'), {
      visibilityMs,
      group: 'workers',
      now: () => performance.now() + passed,
    });
  const leasesEnd = async () => {
    passed += VISIBILITY_MS;
    await endLeases(kind, opened.context);
  };
  const push = async (...payloads: (string | Uint8Array)[]) =>
    expect(
      await queue.push(
        redis,
        payloads.map((payload) => ({ payload, delayMs: 0 })),
        options,
      ),
    ).toEqual(payloads.map(() => null));
  const take = (consumer = 'first', connection = redis) => takeFrom(queue, connection, consumer);
  const complete = (one: Taken, connection = redis) => completeIn(queue, connection, one);
  const taken = async (consumer = 'first'): Promise<Taken> => {
    const answer = await take(consumer);
    if (!isTaken(answer)) throw new Error(`nothing to take: ${JSON.stringify(answer)}`);
    return answer;
  };
  /** Polls until a message is there. */
  const nextTaken = async (consumer = 'first'): Promise<Taken> => {
    for (const deadline = performance.now() + 10_000; performance.now() < deadline; await delay(2)) {
      const answer = await take(consumer);
      if (isTaken(answer)) return answer;
    }
    throw new Error('no message came within 10 s');
  };
  const idle = async (): Promise<Idle> => {
    const answer = await take();
    if (isTaken(answer)) throw new Error(`took ${String(answer.payload)}`);
    return answer;
  };
  const depths = async () => {
    const { ready, delayed, inFlight } = await queue.inspect(redis, options);
    return { ready, delayed, inFlight };
  };

  beforeEach(async () => {
    opened = await openTestContext();
    redis = opened.context.redis;
    passed = 0;
    queue = open(VISIBILITY_MS);
    await queue.prepare(redis, options);
  });
  afterEach(async () => {
    await opened[Symbol.asyncDispose]();
  });

  test('an empty queue has nothing', async () => {
    expect(await idle()).toMatchObject({ inFlight: 0, delayed: 0, nextInMs: null });
    expect(await depths()).toEqual({ ready: 0, delayed: 0, inFlight: 0 });
  });

  test('preparing again changes nothing', async () => {
    await push('a');
    await queue.prepare(redis, options);
    expect((await taken()).payload).toBe('a');
  });

  test('gives messages in the order in which they were pushed, each once', async () => {
    await push('a', 'b', 'c');
    await push('d');
    expect(await depths()).toEqual({ ready: 4, delayed: 0, inFlight: 0 });
    const all = [await taken(), await taken('second'), await taken(), await taken()];
    expect(all.map(({ payload }) => payload)).toEqual(['a', 'b', 'c', 'd']);
    expect(all.map(({ deliveries, state }) => [deliveries, state])).toEqual(all.map(() => [1, '']));
    expect(await idle()).toMatchObject({ inFlight: 4, delayed: 0 });
    expect(await depths()).toEqual({ ready: 0, delayed: 0, inFlight: 4 });
  });

  test.each([
    ['text', 'line 1\nline 2\r\n\u0000\ufeff "é" 😀'],
    ['a byte-order mark in front', '\ufefftext'],
    ['bytes that are not UTF-8', Uint8Array.from([0xff, 0x00, 0x0a, 0xfe])],
    ['an empty body', ''],
    ['a number', '123'],
    ['what looks like an entry', '7\nstate\nbody'],
  ])('keeps %s byte for byte, over deliveries and retries', async (_, payload) => {
    await push(payload);
    const first = await taken();
    expect(Buffer.from(first.payload)).toEqual(Buffer.from(payload));
    expect(await queue.retry(redis, first, 0, '{"attempts":1}', options)).toBe(true);
    const second = await nextTaken();
    expect(Buffer.from(second.payload)).toEqual(Buffer.from(payload));
    expect(second).toMatchObject({ deliveries: 2, state: '{"attempts":1}' });
    await leasesEnd();
    const third = await nextTaken();
    expect(Buffer.from(third.payload)).toEqual(Buffer.from(payload));
    expect(third).toMatchObject({ deliveries: 3, state: '{"attempts":1}' });
  });

  test('what is completed is gone, and leaves nothing behind', async () => {
    await push('a', 'b');
    expect(await complete(await taken())).toBe(true);
    expect(await depths()).toEqual({ ready: 1, delayed: 0, inFlight: 0 });
    const retried = await taken();
    expect(await queue.retry(redis, retried, 0, 'state', options)).toBe(true);
    expect(await complete(await nextTaken())).toBe(true);
    expect(await depths()).toEqual({ ready: 0, delayed: 0, inFlight: 0 });
    const keys = await redis.call(['KEYS', opened.context.namespace.key('*')]);
    expect(keys).toEqual(kind === 'stream' ? [opened.context.namespace.key('orders')] : []);
    if (kind === 'stream') expect(await redis.call(['XLEN', opened.context.namespace.key('orders')])).toBe(0);
  });

  test('delivers again what was not acknowledged before its lease ended, and not earlier', async () => {
    const visibilityMs = 500;
    queue = open(visibilityMs);
    await push('a', 'b');
    const before = performance.now();
    const first = await taken('dies');
    expect(await complete(await taken())).toBe(true);
    expect(isTaken(await take())).toBe(false);
    const again = await nextTaken('heir');
    expect(performance.now() - before).toBeGreaterThanOrEqual(visibilityMs);
    expect(again).toMatchObject({ payload: 'a', deliveries: 2, entry: first.entry });
  });

  test('an ended lease settles nothing, whether or not the message was delivered again', async () => {
    await push('a');
    const late = await taken('late');
    await leasesEnd();
    const settle = () =>
      Promise.all([
        complete(late),
        queue.retry(redis, late, 0, 'late', options),
        queue.deadLetter(redis, late, opened.context.namespace.key('dead'), 'late', options),
      ]);
    expect(await settle()).toEqual([false, false, false]);
    const heir = await nextTaken('heir');
    expect(await settle()).toEqual([false, false, false]);
    expect(heir).toMatchObject({ payload: 'a', deliveries: 2, state: '' });
    expect(await complete(heir)).toBe(true);
    expect(await depths()).toEqual({ ready: 0, delayed: 0, inFlight: 0 });
  });

  test('the same consumer cannot settle by its former delivery either', async () => {
    await push('a');
    const former = await taken();
    await leasesEnd();
    const current = await nextTaken();
    expect(await complete(former)).toBe(false);
    expect(await complete(current)).toBe(true);
    expect(await complete(current)).toBe(false);
  });

  test('a retry waits for its delay, longer than the lease, and says when it is over', async () => {
    const delayMs = 500;
    await push('a');
    const before = performance.now();
    expect(await queue.retry(redis, await taken(), delayMs, 'kept', options)).toBe(true);
    await leasesEnd();
    expect(await depths()).toEqual({ ready: 0, delayed: 1, inFlight: 0 });
    const waiting = await idle();
    expect(waiting).toMatchObject({ inFlight: 0, delayed: 1 });
    expect(waiting.nextInMs).toBeGreaterThan(0);
    expect(waiting.nextInMs).toBeLessThanOrEqual(delayMs);
    expect(await nextTaken('heir')).toMatchObject({ payload: 'a', deliveries: 2, state: 'kept' });
    expect(performance.now() - before).toBeGreaterThanOrEqual(delayMs);
  });

  test('a push with a delay waits for it', async () => {
    const delayMs = 500;
    const before = performance.now();
    const messages = [
      { payload: 'later', delayMs },
      { payload: 'now', delayMs: 0 },
    ];
    expect(await queue.push(redis, messages, options)).toEqual([null, null]);
    expect(await depths()).toEqual({ ready: 1, delayed: 1, inFlight: 0 });
    expect((await taken()).payload).toBe('now');
    expect(await idle()).toMatchObject({ inFlight: 1, delayed: 1 });
    expect((await nextTaken()).payload).toBe('later');
    expect(performance.now() - before).toBeGreaterThanOrEqual(delayMs);
  });

  test('counts what is due as ready', async () => {
    await queue.push(redis, [{ payload: 'soon', delayMs: 10 }], options);
    await push('a');
    await queue.retry(redis, await taken(), 10, '', options);
    await delay(15);
    expect(await depths()).toEqual({ ready: 2, delayed: 0, inFlight: 0 });
  });

  test('moves a dead letter in one step, with a line before its payload', async () => {
    const dead = createBackend(kind, queueKeys(opened.context.namespace, 'dead'), {
      visibilityMs: VISIBILITY_MS,
      group: 'workers',
      now: () => performance.now(),
    });
    await dead.prepare(redis, options);
    await push(Uint8Array.from([0xff, 0x0a]));
    const letter = await taken();
    expect(await queue.deadLetter(redis, letter, opened.context.namespace.key('dead'), 'line\n', options)).toBe(true);
    expect(await depths()).toEqual({ ready: 0, delayed: 0, inFlight: 0 });
    const answer = await takeFrom(dead, redis);
    expect(isTaken(answer) && Buffer.from(answer.payload)).toEqual(Buffer.from('6c696e650aff0a', 'hex'));
  });

  test('shows what is next in line', async () => {
    await push('a', 'b');
    await taken();
    const { heads } = await queue.inspect(redis, options);
    expect(heads).toContain('a');
  });

  test('at-most-once keeps nothing of what it gave', async () => {
    queue = open(null);
    await push('a', 'b');
    expect(await taken()).toMatchObject({ payload: 'a', deliveries: 1, entry: '' });
    expect(await taken()).toMatchObject({ payload: 'b', deliveries: 1, entry: '' });
    await queue.push(redis, [{ payload: 'later', delayMs: 10 }], options);
    expect(await nextTaken()).toMatchObject({ payload: 'later', entry: '' });
    expect(await idle()).toMatchObject({ inFlight: 0, delayed: 0 });
    const keys = await redis.call(['KEYS', opened.context.namespace.key('*')]);
    expect(keys).toEqual(kind === 'stream' ? [opened.context.namespace.key('orders')] : []);
  });

  test('many consumers at once get every message exactly once', async () => {
    const all = Array.from({ length: 300 }, (_, n) => `message ${n}`);
    await push(...all);
    const seen: string[] = [];
    const consume = async (consumer: string) => {
      const own = await opened.context.connections.dedicated(consumer);
      for (;;) {
        const answer = await take(consumer, own);
        if (!isTaken(answer)) return;
        seen.push(String(answer.payload));
        expect(await complete(answer, own)).toBe(true);
      }
    };
    await Promise.all(['a', 'b', 'c', 'd', 'e'].map(consume));
    expect(seen.sort()).toEqual(all.sort());
  });

  test('waits on the server for a message', async () => {
    // Nothing tells of a new member of a sorted set without taking it out.
    if (queue.arrival === undefined) return expect(kind).toBe('delayed');
    const bell = await opened.context.connections.dedicated('bell');
    const quiet = await idle();
    const before = performance.now();
    await queue.arrival?.(bell, quiet, 30, options);
    expect(performance.now() - before).toBeGreaterThanOrEqual(29);
    const waiting = queue.arrival?.(bell, quiet, 15_000, options);
    await push('a', 'b');
    await waiting;
    await queue.arrival?.(bell, quiet, 15_000, options);
    expect(performance.now() - before).toBeLessThan(10_000);
    expect([(await taken()).payload, (await taken()).payload]).toEqual(['a', 'b']);
  });

  test('goes on when everything was deleted meanwhile', async () => {
    await push('a', 'b');
    const lost = await taken();
    const keys = await redis.call(['KEYS', opened.context.namespace.key('*')]);
    await redis.call(['DEL', ...(keys as string[])]);
    expect(await complete(lost)).toBe(false);
    expect(await queue.retry(redis, lost, 0, '', options)).toBe(false);
    expect(await idle()).toMatchObject({ inFlight: 0, delayed: 0 });
    await push('c');
    expect((await taken()).payload).toBe('c');
  });

  test('refuses a key that holds something else', async () => {
    await redis.call(['DEL', opened.context.namespace.key('orders')]);
    await redis.call(['SET', opened.context.namespace.key('orders'), 'text']);
    const [outcome] = await queue.push(redis, [{ payload: 'a', delayMs: 0 }], options);
    expect(outcome).toMatchObject({ name: 'ReplyError', code: 'WRONGTYPE' });
    await expect(take()).rejects.toMatchObject({ code: 'WRONGTYPE' });
  });
});
