import { describe, expect, test } from 'vitest';
import { BACKENDS } from '../../../src/steps/queue/backends/backend.js';
import { queueInspect } from '../../../src/steps/queue/inspect.js';
import { queuePush } from '../../../src/steps/queue/push.js';
import { queueWork } from '../../../src/steps/queue/work.js';
import { pushInput, workInput } from '../queue/inputs.js';
import { context, entry, failAll, fill, inspect, key, purge, recorded, redrive, useContext } from './dead-letters.js';
import { PROGRAMS } from './layouts/programs.js';

useContext();

describe.each(BACKENDS)('on the %s backend', (backend) => {
  test('redrives to the queue that gave it up: same id, same bytes, attempts from the start', async () => {
    await fill(backend, 3);
    expect(await redrive()).toEqual({ moved: 3, skipped: 0, remaining: 0 });
    expect(recorded('redrive')).toEqual(['ok step-0', 'ok step-1', 'ok step-2']);
    expect(await queueInspect.run({ queue: 'orders' }, context())).toMatchObject({ ready: 3 });
    const result = await failAll(backend);
    expect(result).toMatchObject({ delivered: 6, redelivered: 3, deadLettered: 3, latency: null });
    const { entries } = await inspect();
    expect(
      entries.map(({ id, body, attempts, deliveries, redriveCount }) => [id, body, attempts, deliveries, redriveCount]),
    ).toEqual([0, 1, 2].map((n) => [`step-${n}`, { n }, 2, 2, 1]));
    await redrive();
    expect(await queueWork.run(workInput({ backend }), context())).toMatchObject({ completed: 3 });
  });

  test('redrives bodies without an envelope, which stay alone and keep their names', async () => {
    await fill(backend, 2, 'none');
    const names = recorded('push').filter((name) => name.startsWith('ok'));
    expect(await redrive()).toMatchObject({ moved: 2 });
    expect(recorded('redrive')).toEqual(names);
    await failAll(backend);
    expect((await inspect()).entries).toMatchObject(names.map((name) => ({ id: name.slice(3), redriveCount: 1 })));
  });

  test('redrives what is chosen, at most so many, to another queue', async () => {
    await fill(backend, 6);
    const where = entry(({ body }) => (body as { n: number }).n % 2 === 1);
    expect(await redrive({ where, max: 2, to: 'other' })).toEqual({ moved: 2, skipped: 4, remaining: 4 });
    expect((await inspect()).entries.map(({ id }) => id)).toEqual(['step-0', 'step-2', 'step-4', 'step-5']);
    expect(await queueInspect.run({ queue: 'other' }, context())).toMatchObject({ ready: 2 });
    expect(await queueInspect.run({ queue: 'orders' }, context())).toMatchObject({ ready: 0 });
  });

  test('a dry run only counts', async () => {
    await fill(backend, 3);
    expect(await redrive({ dryRun: true, max: 2 })).toEqual({ moved: 2, skipped: 1, remaining: 1 });
    expect(await inspect()).toMatchObject({ depth: 3 });
    expect(recorded('redrive')).toEqual([]);
  });

  test('redrives at a rate', async () => {
    await fill(backend, 5);
    const before = performance.now();
    expect(await redrive({ rate: 50 })).toMatchObject({ moved: 5 });
    expect(performance.now() - before).toBeGreaterThanOrEqual(79);
  });

  test('keeps bytes that are not UTF-8', async () => {
    const { redis } = context();
    const bytes = Uint8Array.from([0xff, 0x0a, 0x00]);
    if (backend === 'list') await redis.call(['LPUSH', key('orders'), bytes]);
    else if (backend === 'stream') await redis.call(['XADD', key('orders'), '*', 'message', bytes]);
    else await redis.call(['ZADD', key('orders'), 0, bytes]);
    await failAll(backend);
    expect((await inspect()).entries).toMatchObject([{ body: { base64: '/woA' }, redriveCount: 0 }]);
    await redrive();
    await failAll(backend);
    expect((await inspect()).entries).toMatchObject([{ body: { base64: '/woA' }, redriveCount: 1 }]);
    await redrive({ to: 'plain' });
    const reply =
      backend === 'list'
        ? await redis.call(['RPOP', key('plain')])
        : backend === 'stream'
          ? await redis.call(['XRANGE', key('plain'), '-', '+'])
          : await redis.call(['ZRANGE', key('plain'), 0, -1]);
    expect(JSON.stringify(reply)).toContain('{"base64":"/woA"}');
  });
});

test('stops when too many are dead again', async () => {
  await fill('list', 40);
  await queueWork.run(
    workInput({ handler: { faults: [{ fail: { at: 'start' } }] }, deadLetter: 'dead', until: 'stopped' }),
    context(),
  );
  const result = await redrive({ rate: 200, stopAbove: 0.2, settle: 2_000 });
  expect(result.stopped).toBe(true);
  expect(result.failedAgain).toBeGreaterThan(result.moved * 0.2);
  expect(result).toMatchObject({ skipped: 40 - result.moved });
});

test('a share of failures needs a rate', async () => {
  await expect(redrive({ stopAbove: 0.2 })).rejects.toMatchObject({
    name: 'ScenarioError',
    message: 'to stop above a share of failures, a redrive needs a rate',
    details: {
      next: 'moved all at once, the last would be gone before the first has failed: give a rate such as 50/s',
    },
  });
});

test('jobs of another program are found by the name of its queue, and go back as it does it', async () => {
  const { redis, namespace } = context();
  const rq = PROGRAMS.find(({ layout }) => layout === 'rq')!;
  await rq.bury(redis, namespace.prefix, ['a1', 'b2']);
  expect(await inspect({ queue: 'orders', backend: 'rq' })).toMatchObject({ depth: 2, byReason: { attempts: 2 } });
  expect(await redrive({ from: 'rq:failed:orders', max: 1 })).toEqual({ moved: 1, skipped: 1, remaining: 1 });
  expect(await rq.waiting(redis, namespace.prefix)).toMatchObject([{ id: 'a1', redriveCount: 1 }]);
  expect(recorded('redrive')).toEqual(['ok a1']);
  expect(await purge({ queue: 'orders', backend: 'rq', expectCount: 1 })).toEqual({ purged: 1 });
});

test('redrives to a queue of another kind', async () => {
  await fill('list', 1);
  await queuePush.run(pushInput({ queue: 'other', backend: 'stream', count: 1 }), context());
  expect(await redrive({ to: 'other' })).toMatchObject({ moved: 1 });
  expect(await queueInspect.run({ queue: 'other' }, context())).toMatchObject({ ready: 2 });
});

test('dead letters of other programs are shown, purged, and redriven only to a queue that is named', async () => {
  await context().redis.call(['LPUSH', key('dead'), 'fail 1', 'fail 2', '{"order":3}']);
  expect((await inspect()).entries).toEqual(
    ['fail 1', 'fail 2', { order: 3 }].map((body) => ({
      id: expect.stringMatching(/^[0-9a-f]{16}$/),
      originalQueue: '',
      reason: 'unknown',
      attempts: 0,
      deliveries: 0,
      firstEnqueuedAt: null,
      firstFailedAt: null,
      lastFailedAt: null,
      error: { class: 'unknown', message: '' },
      consumer: '',
      redriveCount: 0,
      body,
    })),
  );
  expect(await inspect()).toMatchObject({ depth: 3, oldestAge: null, byReason: { unknown: 3 } });
  expect(await redrive()).toEqual({ moved: 0, skipped: 3, remaining: 3 });
  expect(await redrive({ to: 'orders', max: 1 })).toEqual({ moved: 1, skipped: 2, remaining: 2 });
  expect(await context().redis.call(['LRANGE', key('orders'), 0, -1])).toEqual(['fail 1']);
  expect(await purge({ expectCount: 2 })).toEqual({ purged: 2 });
});
