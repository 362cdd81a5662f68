import { describe, expect, test } from 'vitest';
import { dlqInspect } from '../../../src/steps/dlq/inspect.js';
import { BACKENDS } from '../../../src/steps/queue/backends/backend.js';
import { queueInspect } from '../../../src/steps/queue/inspect.js';
import { queuePush } from '../../../src/steps/queue/push.js';
import { queueWork } from '../../../src/steps/queue/work.js';
import { constant, deferred, expression } from '../fields.js';
import { pushInput, workInput } from './inputs.js';
import { openOwnServer } from './own-server.js';
import { all, fails, nothing, of, opened, openForEach, push, work } from './working.js';

openForEach();

describe.each(BACKENDS)('on the %s backend', (backend) => {
  test('handles and acknowledges every message', async () => {
    await push({ backend, count: 200 });
    const result = await work({ backend, workers: 4 });
    expect(result).toMatchObject({
      delivered: 200,
      completed: 200,
      failed: 0,
      retried: 0,
      redelivered: 0,
      deadLettered: 0,
      discarded: 0,
      crashes: 0,
      inFlight: 0,
    });
    expect(result.throughput).toBeGreaterThan(0);
    expect(result.latency).not.toBeNull();
    expect(result.handling).not.toBeNull();
    expect(await queueInspect.run({ queue: 'orders', backend }, opened.context)).toMatchObject(nothing);
    expect(of('push-7')).toEqual(['invoke push 0', 'ok push 0', 'ok deliver 1', 'ok complete 1']);
  });

  test('gives one worker the messages in order', async () => {
    await push({ backend, count: 50 });
    await work({ backend });
    const delivered = all(({ operation }) => operation === 'deliver').map(({ message }) => message);
    expect(delivered).toEqual(Array.from({ length: 50 }, (_, n) => `push-${n}`));
  });

  test('retries what failed, and gives it up after the last attempt', async () => {
    await push({ backend, count: 10 });
    const result = await work({
      backend,
      workers: 2,
      handler: {
        faults: [
          fails(({ sequence }) => sequence === 3),
          fails(({ sequence, attempt }) => sequence === 5 && attempt < 3),
        ],
      },
      retry: { attempts: 3, delay: 10 },
      deadLetter: 'dead',
    });
    expect(result).toMatchObject({
      delivered: 14,
      completed: 9,
      failed: 5,
      retried: 4,
      redelivered: 4,
      deadLettered: 1,
      discarded: 0,
    });
    expect(of('push-3').slice(2)).toEqual([
      'ok deliver 1',
      'ok handlerFail 1',
      'ok retry 1',
      'ok deliver 2',
      'ok handlerFail 2',
      'ok retry 2',
      'ok deliver 3',
      'ok handlerFail 3',
      'ok deadLetter 3',
    ]);
    expect(await dlqInspect.run({ queue: 'dead', limit: 100 }, opened.context)).toMatchObject({
      depth: 1,
      byReason: { attempts: 1 },
      entries: [
        {
          id: 'push-3',
          originalQueue: 'orders',
          reason: 'attempts',
          attempts: 3,
          deliveries: 3,
          error: { class: 'HandlerError', message: 'the fault `fail` struck attempt 3' },
          redriveCount: 0,
          body: 'message 3',
        },
      ],
    });
  });

  test('discards what is given up where there is no dead-letter queue', async () => {
    await push({ backend, count: 2 });
    const result = await work({ backend, handler: { faults: [fails(({ sequence }) => sequence === 0)] } });
    expect(result).toMatchObject({ completed: 1, failed: 1, discarded: 1, deadLettered: 0 });
    expect(of('push-0').at(-1)).toBe('ok discard 1');
    expect(await queueInspect.run({ queue: 'orders', backend }, opened.context)).toMatchObject(nothing);
  });

  test('at most once: a crashed message is gone', async () => {
    await push({ backend, count: 10 });
    const result = await work({
      backend,
      delivery: 'at-most-once',
      handler: { faults: [{ crash: { every: 5, at: 'start' } }] },
    });
    expect(result).toMatchObject({ delivered: 10, completed: 8, crashes: 2, redelivered: 0, inFlight: 0 });
    expect(of('push-4').slice(2)).toEqual(['ok deliver 1', 'ok crash 1']);
    expect(await queueInspect.run({ queue: 'orders', backend }, opened.context)).toMatchObject(nothing);
  });

  test('at most once: what fails goes to the dead-letter queue, or is discarded', async () => {
    const handler = { faults: [fails(() => true)] };
    await push({ backend, count: 2 });
    expect(await work({ backend, delivery: 'at-most-once', handler, deadLetter: 'dead' })).toMatchObject({
      deadLettered: 2,
    });
    expect(await dlqInspect.run({ queue: 'dead', limit: 100 }, opened.context)).toMatchObject({ depth: 2 });
    await push({ backend, count: 2 });
    expect(await work({ backend, delivery: 'at-most-once', handler })).toMatchObject({ discarded: 2 });
  });

  test('waits until its producers have ended', async () => {
    const [pushed, worked] = await Promise.all([
      push({ backend, count: 30, rate: 100, producers: 2 }),
      work({ backend, workers: 3 }),
    ]);
    expect(pushed).toMatchObject({ acknowledged: 30 });
    expect(worked).toMatchObject({ delivered: 30, completed: 30 });
  });

  test('waits for what is delayed', async () => {
    await push({ backend, count: 3, delay: constant(80) });
    const result = await work({ backend });
    expect(result).toMatchObject({ delivered: 3, completed: 3 });
    const due = all(({ operation, phase }) => operation === 'push' && phase === 'invoke').map(
      (event) => event.notBefore!,
    );
    const delivered = all(({ operation }) => operation === 'deliver').map(({ time }) => time);
    expect(Math.min(...delivered)).toBeGreaterThanOrEqual(Math.min(...due));
    expect(Math.max(...delivered) - Math.max(...due)).toBeLessThan(5_000);
  });

  test('finds messages of other programs', async () => {
    const key = opened.context.namespace.key('orders');
    const { redis } = opened.context;
    for (const body of ['{"n":1}', 'two', '{"n":1}']) {
      if (backend === 'list') await redis.call(['LPUSH', key, body]);
      else if (backend === 'stream') await redis.call(['XADD', key, '*', 'message', body]);
      else await redis.call(['ZADD', key, 0, body]);
    }
    const messages = backend === 'delayed' ? 2 : 3;
    const handler = {
      do: [deferred(({ message }) => ['RPUSH', 'seen', JSON.stringify((message as { body: unknown }).body)])],
    };
    expect(await work({ backend, handler })).toMatchObject({ delivered: messages, completed: messages, latency: null });
    const seen = await redis.call(['LRANGE', opened.context.namespace.key('seen'), 0, -1]);
    expect([...(seen as string[])].sort()).toEqual(['"two"', ...Array(messages - 1).fill('{"n":1}')].sort());
  });
});

describe('lost connections', () => {
  test('lose nothing at least once: what was in hand or on its way comes again', async () => {
    await using own = await openOwnServer();
    const { redis } = own.context;
    await queuePush.run(pushInput({ count: 300 }), own.context);
    const working = queueWork.run(workInput({ workers: 4, visibility: 200, handler: { takes: 2 } }), own.context);
    for (let kill = 0; kill < 5; kill++) {
      await new Promise((resolve) => setTimeout(resolve, 30));
      await redis.call(['CLIENT', 'KILL', 'TYPE', 'NORMAL', 'SKIPME', 'YES']);
    }
    const result = await working;
    const completed = new Set(
      [...own.recorder.events()]
        .filter(({ operation, phase }) => operation === 'complete' && phase !== 'fail')
        .map(({ message }) => message),
    );
    expect(completed.size).toBe(300);
    expect(result.inFlight).toBe(0);
  });
});

describe('what cannot be', () => {
  test.each([
    [
      { delivery: 'at-most-once' as const, retry: { attempts: 2 } },
      'a message that is delivered at most once cannot be retried',
      'remove `retry`, or choose `delivery: at-least-once`',
    ],
    [
      { visibility: 0 },
      '`visibility` is 0: every delivery would be over at once',
      'choose how long a worker may take, for example 1s',
    ],
    [
      { deadLetter: 'orders' },
      '"orders" is its own dead-letter queue: what is given up would come back at once',
      'name another queue, for example "orders-dlq"',
    ],
  ])('%#: %s', async (input, message, next) => {
    await expect(work(input)).rejects.toMatchObject({ name: 'ScenarioError', message, details: { next } });
  });

  test('a condition that is neither true nor false', async () => {
    await push({ count: 1 });
    const when = { ...expression(() => 7), source: 'message.sequence' };
    await expect(work({ handler: { faults: [{ fail: { when, at: 'start' } }] } })).rejects.toMatchObject({
      message: '`when: message.sequence` must be true or false, not 7',
      details: { next: 'compare the value with something' },
    });
  });
});

test.each([
  [{}, 1_000 + 0],
  [{ for: 5_000 }, 5_000],
  [{ until: 'stopped' as const }, 0],
  [{ until: 'stopped' as const, for: 2_000 }, 2_000],
  [{ handler: { takes: 100 } }, 1_000 + 2 * 100],
  [{ handler: { faults: [{ crash: { every: 5, at: 'start' as const } }] } }, 2 * 1_000],
  [{ handler: { faults: [{ crash: { at: 'start' as const } }] }, maxDeliveries: 4 }, 5 * 1_000],
  [{ retry: { attempts: 4, delay: 100, backoff: 'exponential' as const } }, 1_000 + 700],
])('declares time for draining: %j', (input, expected) => {
  expect(queueWork.declaredMs?.(workInput({ visibility: 1_000, ...input }))).toBe(expected);
});
