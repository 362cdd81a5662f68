import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RecordedEvent } from '../../../src/contracts/history.js';
import type { StepContext } from '../../../src/contracts/step.js';
import { dlqInspect } from '../../../src/steps/dlq/inspect.js';
import { BACKENDS } from '../../../src/steps/queue/backends/backend.js';
import { queueInspect } from '../../../src/steps/queue/inspect.js';
import { queuePush } from '../../../src/steps/queue/push.js';
import { queueWork } from '../../../src/steps/queue/work.js';
import { openTestContext, type TestContext } from '../context.js';
import { constant, deferred, expression } from '../fields.js';
import { type Fault, pushInput, workInput } from './inputs.js';
import { openOwnServer } from './own-server.js';

let opened: TestContext;
let push: (input: Parameters<typeof pushInput>[0]) => ReturnType<typeof queuePush.run>;
let work: (input: Parameters<typeof workInput>[0]) => ReturnType<typeof queueWork.run>;

/** As the engine does: each step has a name, and a recorder of its own. */
const as = (stepName: string, more: Partial<StepContext> = {}): StepContext => ({
  ...opened.context,
  stepName,
  history: opened.recorder.forStep(stepName),
  ...more,
});

beforeEach(async () => {
  opened = await openTestContext();
  push = (input) => queuePush.run(pushInput(input), as('push'));
  work = (input) => queueWork.run(workInput(input), as('work'));
});
afterEach(async () => {
  await opened[Symbol.asyncDispose]();
});

const all = (filter: (event: RecordedEvent) => boolean = () => true) => [...opened.recorder.events()].filter(filter);
const of = (message: string) =>
  all((event) => event.message === message).map(({ phase, operation, attempt }) => `${phase} ${operation} ${attempt}`);
const nothing = { ready: 0, delayed: 0, inFlight: 0 };
const fails = (when: (message: { sequence: number; attempt: number; body: unknown }) => boolean): Fault => ({
  fail: { when: expression(({ message }) => when(message as never)), at: 'start' },
});

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

describe('the effect', () => {
  const increment = deferred(({ message }) => [
    'INCRBY',
    'balance',
    String((message as { sequence: number }).sequence),
  ]);
  const balance = () => opened.context.redis.call(['GET', opened.context.namespace.key('balance')]);

  test('is applied for each message', async () => {
    await push({ count: 5 });
    expect(await work({ workers: 2, handler: { do: [increment] } })).toMatchObject({ completed: 5 });
    expect(await balance()).toBe('10');
    expect(of('push-1').slice(2)).toEqual(['ok deliver 1', 'ok effect 1', 'ok complete 1']);
  });

  test.each([undefined, expression(({ message }) => (message as { id: string }).id)])(
    'that is refused is a failure, and may be tried again (%#)',
    async (once) => {
      await push({ count: 1 });
      // On one key, beside which the marker of `once` lies.
      const command = deferred(({ message }) =>
        (message as { attempt: number }).attempt === 1 ? ['INCRBY', 'count', 'x'] : ['INCR', 'count'],
      );
      const result = await work({ handler: { do: [command], ...(once && { once }) }, retry: { attempts: 2 } });
      expect(result).toMatchObject({ failed: 1, retried: 1, completed: 1 });
      expect(await opened.context.redis.call(['GET', opened.context.namespace.key('count')])).toBe('1');
    },
  );

  test('that was refused ends up in the dead letter with the error of the server', async () => {
    await opened.context.redis.call(['SET', opened.context.namespace.key('text'), 'x']);
    await push({ count: 1 });
    await work({ handler: { do: [constant(['INCR', 'text'])] }, deadLetter: 'dead' });
    expect(await dlqInspect.run({ queue: 'dead', limit: 1 }, opened.context)).toMatchObject({
      entries: [{ error: { class: 'ERR', message: 'value is not an integer or out of range' } }],
    });
  });

  test('of a command that is refused here fails the step', async () => {
    await push({ count: 1 });
    await expect(work({ handler: { do: [constant(['NOSUCHCOMMAND', 'x'])] } })).rejects.toThrow(/NOSUCHCOMMAND/i);
  });
});

describe('faults', () => {
  test('strike the same messages in every run with the same seed', async () => {
    const run = async () => {
      await using own = await openTestContext();
      await queuePush.run(pushInput({ count: 200 }), own.context);
      const input = workInput({
        workers: 3,
        // Long enough that no lease ends by itself on a busy machine: that would be one more delivery to strike.
        visibility: 1_500,
        retry: { attempts: 3 },
        handler: { faults: [{ fail: { share: 0.1, at: 'start' } }, { crash: { share: 0.02, at: 'end' } }] },
      });
      await queueWork.run(input, own.context);
      const struck = [...own.recorder.events()].filter(
        ({ operation }) => operation === 'handlerFail' || operation === 'crash',
      );
      return struck.map(({ message, attempt, operation }) => `${message} ${attempt} ${operation}`).sort();
    };
    const first = await run();
    expect(first.length).toBeGreaterThan(10);
    expect(await run()).toEqual(first);
  });

  test('slow handlers take longer, and nothing is lost by it', async () => {
    await push({ count: 4 });
    const result = await work({
      workers: 2,
      handler: { takes: 5, faults: [{ slow: { every: 2, at: 'start', takes: 40 } }] },
    });
    expect(result).toMatchObject({ completed: 4, redelivered: 0 });
    expect(result.handling!.max).toBeGreaterThanOrEqual(44);
    expect(result.handling!.p50).toBeLessThan(result.handling!.max);
  });
});

describe('ends', () => {
  test('with the time that `for` says, and finishes what is in hand', async () => {
    await push({ count: 100 });
    const result = await work({ workers: 2, handler: { takes: 50 }, for: 400 });
    expect(result.completed).toBe(result.delivered);
    expect(result.completed).toBeGreaterThan(1);
    expect(result.completed).toBeLessThan(100);
    expect(await queueInspect.run({ queue: 'orders' }, opened.context)).toMatchObject({
      ready: 100 - result.completed,
      inFlight: 0,
    });
  });

  test('before `for` where the queue is drained', async () => {
    await push({ count: 5 });
    const before = performance.now();
    expect(await work({ for: 60_000 })).toMatchObject({ completed: 5 });
    expect(performance.now() - before).toBeLessThan(15_000);
  });

  test('leaves a hanging message in flight', async () => {
    await push({ count: 1 });
    const result = await work({ visibility: 10_000, handler: { faults: [{ hang: { at: 'start' } }] }, for: 500 });
    expect(result).toMatchObject({ delivered: 1, completed: 0, inFlight: 1 });
    expect(await queueInspect.run({ queue: 'orders' }, opened.context)).toMatchObject({ ready: 0, inFlight: 1 });
  });

  test('of an empty queue after a moment for producers beside it', async () => {
    expect(await work({})).toMatchObject({ delivered: 0, throughput: 0, latency: null, handling: null });
  });

  test('waits for what another step of the case holds', async () => {
    await push({ count: 2 });
    const other = queueWork.run(workInput({ delivery: 'at-most-once', handler: { takes: 400 } }), as('other'));
    const delivered = () => all(({ operation }) => operation === 'deliver').length;
    await expect.poll(delivered, { timeout: 10_000, interval: 1 }).toBeGreaterThan(0);
    const mine = await work({ delivery: 'at-most-once', handler: { takes: 1 } });
    expect(all(({ operation }) => operation === 'complete')).toHaveLength(2);
    expect(mine.completed + (await other).completed).toBe(2);
  });

  test('a live actor when it is stopped', async () => {
    const first = await work({ until: 'stopped', workers: 2 });
    expect(first).toMatchObject({ delivered: 0 });
    const actor = opened.actors[0]!;
    await push({ count: 50 });
    await expect
      .poll(() => (actor.snapshot() as { completed: number }).completed, { timeout: 15_000, interval: 5 })
      .toBe(50);
    await actor.stop();
    await push({ count: 1 });
    expect(actor.snapshot()).toMatchObject({ delivered: 50, completed: 50 });
    expect(await queueInspect.run({ queue: 'orders' }, opened.context)).toMatchObject({ ready: 1 });
  });

  test('a live actor that failed says so when it is stopped', async () => {
    await opened.context.redis.call(['SET', opened.context.namespace.key('orders'), 'text']);
    const actors: { stop(): Promise<void> }[] = [];
    const context = as('live', { keepRunning: (actor) => actors.push(actor) });
    await queueWork.run(workInput({ until: 'stopped' }), context);
    await expect(actors[0]!.stop()).rejects.toMatchObject({ code: 'WRONGTYPE' });
  });

  test("with the step's time, and tells what was counted so far", async () => {
    const limit = new AbortController();
    let progress: (() => unknown) | undefined;
    const context = as('limited', {
      signal: limit.signal,
      reportProgress: (snapshot) => {
        progress = snapshot;
      },
    });
    await push({ count: 100 });
    const when = expression(({ message }) => (message as { sequence: number }).sequence === 5);
    const slow: Fault = { slow: { when, at: 'start', takes: 60_000 } };
    const working = queueWork.run(workInput({ visibility: 60_000, handler: { faults: [slow] } }), context);
    const delivered = () => all(({ operation }) => operation === 'deliver').length;
    await expect.poll(delivered, { timeout: 10_000, interval: 1 }).toBe(6);
    limit.abort(new Error('too late'));
    await expect(working).rejects.toThrow('too late');
    expect(progress?.()).toMatchObject({ completed: 5, failed: 0, inFlight: 1 });
  });

  test('and a message that was asked for when the time was over may be gone', async () => {
    await using own = await openOwnServer();
    const limit = new AbortController();
    const context = { ...own.context, signal: limit.signal };
    const working = queueWork.run(workInput({ delivery: 'at-most-once', for: 60_000, until: 'stopped' }), context);
    const pauser = await own.context.connections.dedicated('pauser');
    await pauser.call(['CLIENT', 'PAUSE', 5_000, 'WRITE']);
    setTimeout(() => limit.abort(new Error('too late')), 300);
    await expect(working).rejects.toThrow('too late');
    await pauser.call(['CLIENT', 'UNPAUSE']);
    expect([...own.recorder.events()]).toMatchObject([{ phase: 'info', operation: 'deliver', message: '' }]);
  });

  const effect: NonNullable<Parameters<typeof workInput>[0]> = {
    workers: 2,
    handler: { do: [deferred(() => ['INCR', 'done'])] },
  };

  test.each([
    [{ workers: 4 }, ['work', 'work:2', 'work:bell']],
    [{ workers: 1 }, ['work', 'work:bell']],
    [{ workers: 4, delivery: 'at-most-once' }, ['work', 'work:bell']],
    [effect, ['work', 'work:2', 'work:bell', 'work/1', 'work/2']],
  ] as const)('%o open the connections %o', async (input, expected) => {
    const names: string[] = [];
    const { connections } = opened.context;
    const noting = (how: 'busy' | 'dedicated') => (name: string) => {
      names.push(name);
      return connections[how](name);
    };
    const noted = { ...connections, busy: noting('busy'), dedicated: noting('dedicated') };
    await queueWork.run(workInput(input), as('work', { connections: noted }));
    expect(names).toEqual(expected);
  });

  test('leaves no connection behind', async () => {
    await using own = await openOwnServer();
    const clients = async () =>
      String(await own.context.redis.call(['CLIENT', 'LIST']))
        .split('\n')
        .filter(Boolean).length;
    const before = await clients();
    await queuePush.run(pushInput({ count: 20, producers: 3 }), own.context);
    await queueWork.run(
      workInput({ workers: 3, visibility: 30, handler: { faults: [{ crash: { first: 3, at: 'end' } }] } }),
      own.context,
    );
    await expect.poll(clients, { timeout: 10_000, interval: 5 }).toBe(before);
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
