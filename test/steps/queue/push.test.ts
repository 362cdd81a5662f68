import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BACKENDS } from '../../../src/steps/queue/backends/backend.js';
import { queueInspect } from '../../../src/steps/queue/inspect.js';
import { queuePush } from '../../../src/steps/queue/push.js';
import { openTestContext, type TestContext } from '../context.js';
import { constant, deferred, expression } from '../fields.js';
import { pushInput } from './inputs.js';
import { openOwnServer } from './own-server.js';

let opened: TestContext;
beforeEach(async () => {
  opened = await openTestContext();
});
afterEach(async () => {
  await opened[Symbol.asyncDispose]();
});

const push = (input: Parameters<typeof pushInput>[0]) => queuePush.run(pushInput(input), opened.context);
const stored = () => opened.context.redis.call(['LRANGE', opened.context.namespace.key('orders'), 0, -1]);
const events = () => [...opened.recorder.events()];
const counts = (attempted: number) => ({ attempted, acknowledged: attempted, failed: 0, unknown: 0 });

test.each(BACKENDS)('pushes to the %s backend', async (backend) => {
  expect(await push({ backend, count: 100 })).toMatchObject(counts(100));
  const inspected = await queueInspect.run({ queue: 'orders', backend }, opened.context);
  expect(inspected).toMatchObject({ ready: 100, delayed: 0, inFlight: 0 });
  expect(inspected.oldestAge).toBeGreaterThan(0);
  expect(await queueInspect.run({ queue: 'orders' }, opened.context)).toMatchObject({ ready: 100 });
});

test('inspects an empty queue', async () => {
  expect(await queueInspect.run({ queue: 'orders' }, opened.context)).toEqual({
    ready: 0,
    delayed: 0,
    inFlight: 0,
    oldestAge: null,
  });
});

describe('what is stored', () => {
  test.each([
    ['a text', 'hello', 'hello'],
    ['an object', { order: 7 }, '{"order":7}'],
    ['a text that looks like a number', '5', '5'],
    ['null', null, 'null'],
    ['an empty text', '', ''],
  ])('%s alone', async (_, message, body) => {
    await push({ message: constant(message), envelope: 'none' });
    expect(await stored()).toEqual([body]);
  });

  test('an envelope and the body', async () => {
    await push({ messages: [constant('first'), constant({ n: 2 })], key: deferred(({ index }) => `k${index}`) });
    const [second, first] = (await stored()) as string[];
    const [header = '', body] = (first ?? '').split('\n');
    expect(body).toBe('first');
    const { enqueuedAt, ...envelope } = JSON.parse(header.slice('redrill:message '.length));
    expect(envelope).toEqual({ id: 'step-0', sequence: 0, key: 'k0', deliverAt: enqueuedAt, redriveCount: 0 });
    expect(Math.abs(enqueuedAt - opened.context.clock.wallTime())).toBeLessThan(5_000);
    expect(second).toMatch(/^redrill:message \{"id":"step-1","sequence":1,"key":"k1",.*\}\n\{"n":2\}$/);
  });

  test('bodies of a size', async () => {
    await push({ size: deferred(({ index }) => 10 + Number(index)), count: 3, envelope: 'none' });
    expect(((await stored()) as string[]).map((body) => body.length)).toEqual([12, 11, 10]);
  });

  test('bodies that differ by index', async () => {
    await push({ message: deferred(({ index }) => `m${index}`), count: 3, envelope: 'none' });
    expect(await stored()).toEqual(['m2', 'm1', 'm0']);
  });
});

describe('what is recorded', () => {
  test('each message, sent and answered', async () => {
    await push({ count: 2, key: constant('k'), delay: constant(500), backend: 'delayed' });
    const seen = events();
    expect(seen.map(({ phase, operation, message, key }) => [phase, operation, message, key])).toEqual([
      ['invoke', 'push', 'step-0', 'k'],
      ['invoke', 'push', 'step-1', 'k'],
      ['ok', 'push', 'step-0', 'k'],
      ['ok', 'push', 'step-1', 'k'],
    ]);
    expect(seen[0]).toMatchObject({ target: 'orders', step: 'step', actor: 'step', attempt: 0 });
    expect(seen[0]!.notBefore! - seen[0]!.time).toBeCloseTo(500, 5);
  });

  test('several producers, each numbered without gaps, the same in every run', async () => {
    expect(await push({ message: deferred(({ index }) => index), count: 7, producers: 3 })).toMatchObject(counts(7));
    const ids = events().flatMap(({ phase, message }) => (phase === 'ok' ? [message] : []));
    expect(ids.sort()).toEqual(['step/1-0', 'step/1-1', 'step/1-2', 'step/2-0', 'step/2-1', 'step/3-0', 'step/3-1']);
  });

  test('a step that runs again, under another name', async () => {
    await push({ count: 1 });
    await push({ count: 1 });
    expect(events().flatMap(({ phase, message }) => (phase === 'ok' ? [message] : []))).toEqual(['step-0', 'step#2-0']);
  });

  test('messages without an envelope by their content, and a counter', async () => {
    await push({ messages: [constant('a'), constant('b'), constant('a')], envelope: 'none' });
    expect(events().flatMap(({ phase, message }) => (phase === 'ok' ? [message] : []))).toEqual([
      'ca978112ca1bbdca-0',
      '3e23e8160039594a-0',
      'ca978112ca1bbdca-1',
    ]);
  });

  test('messages without an envelope by their identity', async () => {
    const identity = expression(({ message }) => (message as { body: { order: number } }).body.order);
    await push({
      message: deferred(({ index }) => ({ order: Number(index) + 40 })),
      count: 2,
      envelope: 'none',
      identity,
    });
    expect(events().flatMap(({ phase, message }) => (phase === 'ok' ? [message] : []))).toEqual(['40', '41']);
  });
});

describe('pace', () => {
  test('a rate is held by all producers together', async () => {
    const result = await push({ count: 50, rate: 500, producers: 2 });
    expect(result).toMatchObject(counts(50));
    expect(result.throughput).toBeGreaterThan(10);
    expect(result.throughput).toBeLessThan(600);
  });

  test('for ends it', async () => {
    const before = performance.now();
    const result = await push({ message: constant('x'), rate: 200, for: 200 });
    expect(performance.now() - before).toBeLessThan(10_000);
    expect(result.acknowledged).toBe(40);
    expect((await push({ for: 300 })).acknowledged).toBeGreaterThan(10);
  });

  test('one slow answer does not hold up what is due after it', async () => {
    await using own = await openOwnServer();
    await own.context.redis.call(['CLIENT', 'PAUSE', 600, 'WRITE']);
    const result = await queuePush.run(pushInput({ count: 40, rate: 400 }), own.context);
    // Sent when due, 40 in 100 ms, so that the first waited longer for the end of the stall than the last.
    expect(result).toMatchObject(counts(40));
    expect(result.latency!.max).toBeGreaterThan(60);
    expect(result.latency!.p50).toBeLessThan(result.latency!.max);
  });

  test('a rate that cannot be held leaves time to read the answers', async () => {
    expect(await push({ count: 5_000, rate: 5_000_000 })).toMatchObject(counts(5_000));
    const phases = events().map(({ phase }) => phase);
    expect(phases.indexOf('ok')).toBeLessThan(phases.lastIndexOf('invoke'));
  });

  test.each([
    ['one by one', 40, 2_000],
    ['in bulk', 20_000, 100_000],
  ])('what is sent late, %s, is told', async (_, count, rate) => {
    await using own = await openOwnServer();
    const input = pushInput({ count, rate });
    const judged = async () => {
      const result = await queuePush.run(input, own.context);
      return [result.late, queuePush.judge?.(result, input, true)?.verdict] as const;
    };
    expect((await judged())[1]).toBeUndefined();
    await own.context.redis.call(['CLIENT', 'PAUSE', 1_500, 'WRITE']);
    const [late, verdict] = await judged();
    // More than may be in flight waits for the end of the pause; a few need not.
    if (count > 1_000) expect([late > 250, verdict]).toEqual([true, 'unknown']);
    else expect(late).toBeLessThan(250);
  });

  test('declares the time that it needs', () => {
    expect(queuePush.declaredMs?.(pushInput({ count: 100, rate: 10 }))).toBe(10_000);
    expect(queuePush.declaredMs?.(pushInput({ for: 3_000, rate: 10 }))).toBe(3_000);
    expect(queuePush.declaredMs?.(pushInput({ count: 100 }))).toBe(0);
  });
});

describe('what goes wrong', () => {
  test.each([
    [
      { count: 1, identity: expression(() => 1) },
      '`identity` names messages that have no envelope',
      'add `envelope: none`',
    ],
  ])('%#: %s', async (input, message, next) => {
    await expect(push(input)).rejects.toMatchObject({ name: 'ScenarioError', message, details: { next } });
  });

  test.each(BACKENDS)('a %s push that is refused altogether fails with what the server said', async (backend) => {
    await opened.context.redis.call(['SET', opened.context.namespace.key('orders'), 'text']);
    await expect(push({ backend, count: 3 })).rejects.toMatchObject({ name: 'ReplyError', code: 'WRONGTYPE' });
    expect(events().map(({ phase }) => phase)).toEqual(['invoke', 'invoke', 'invoke', 'fail', 'fail', 'fail']);
  });

  test('a sorted set refuses equal bytes rather than to lose one', async () => {
    const messages = [constant('a'), constant('a'), constant('b')];
    expect(await push({ backend: 'delayed', messages, envelope: 'none' })).toMatchObject({
      attempted: 3,
      acknowledged: 2,
      failed: 1,
    });
  });

  test('what was sent when the connection broke is unknown, not failed', async () => {
    await using own = await openOwnServer();
    const { redis, connections } = own.context;
    const id = await redis.call(['CLIENT', 'ID']);
    const killer = await connections.dedicated('killer');
    await redis.call(['CLIENT', 'PAUSE', 5_000, 'WRITE']);
    const pushing = queuePush.run(pushInput({ count: 2 }), own.context);
    await killer.call(['CLIENT', 'KILL', 'ID', String(id)]);
    expect(await pushing).toMatchObject({ attempted: 2, acknowledged: 0, failed: 0, unknown: 2 });
    expect([...own.recorder.events()].map(({ phase }) => phase)).toEqual(['invoke', 'invoke', 'info', 'info']);
    await killer.call(['CLIENT', 'UNPAUSE']);
    await queuePush.run(pushInput({ count: 1 }), own.context);
  });

  test('a time limit leaves what was sent unknown', async () => {
    const limit = new AbortController();
    await using own = await openOwnServer({ signal: limit.signal });
    await own.context.redis.call(['CLIENT', 'PAUSE', 5_000, 'WRITE']);
    const pushing = queuePush.run(pushInput({ count: 2 }), own.context);
    setTimeout(() => limit.abort(new Error('too late')), 300);
    await expect(pushing).rejects.toThrow('too late');
    // The pushing connection waits behind its own push.
    const other = await own.context.connections.dedicated('other');
    await other.call(['CLIENT', 'UNPAUSE']);
    expect([...own.recorder.events()].map(({ phase }) => phase)).toEqual(['invoke', 'invoke', 'info', 'info']);
  });
});
