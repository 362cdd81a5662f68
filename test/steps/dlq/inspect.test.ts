import { describe, expect, test } from 'vitest';
import { BACKENDS } from '../../../src/steps/queue/backends/backend.js';
import { decodeMessage } from '../../../src/steps/queue/envelope.js';
import { queuePush } from '../../../src/steps/queue/push.js';
import { constant, expression } from '../fields.js';
import { pushInput } from '../queue/inputs.js';
import { context, entry, failAll, fill, inspect, key, purge, redrive, useContext } from './dead-letters.js';

useContext();

describe.each(BACKENDS)('on the %s backend', (backend) => {
  test('inspects dead letters, oldest first, and changes nothing', async () => {
    await fill(backend, 3);
    const before = await context().redis.call(['DUMP', key('dead')]);
    const result = await inspect();
    expect(result).toMatchObject({ depth: 3, byReason: { attempts: 3 } });
    expect(result.oldestAge).toBeGreaterThan(0);
    expect(result.entries.map(({ id, body }) => [id, body])).toEqual([
      ['step-0', { n: 0 }],
      ['step-1', { n: 1 }],
      ['step-2', { n: 2 }],
    ]);
    const [first] = result.entries;
    expect(first).toMatchObject({
      originalQueue: 'orders',
      reason: 'attempts',
      attempts: 2,
      deliveries: 2,
      error: { class: 'HandlerError', message: 'the fault `fail` struck attempt 2' },
      consumer: 'step#2/1',
      redriveCount: 0,
    });
    expect(first!.firstFailedAt).toBeGreaterThan(first!.firstEnqueuedAt!);
    expect(first!.lastFailedAt).toBeGreaterThan(first!.firstFailedAt!);
    expect(await context().redis.call(['DUMP', key('dead')])).toEqual(before);
  });

  test('chooses by where, and shows no more than the limit', async () => {
    await fill(backend, 5);
    const where = entry(({ body }) => (body as { n: number }).n >= 2);
    const result = await inspect({ where, limit: 2, backend });
    expect(result).toMatchObject({ depth: 3, byReason: { attempts: 3 } });
    expect(result.entries.map(({ id }) => id)).toEqual(['step-2', 'step-3']);
    expect((await inspect({ limit: 0 })).entries).toEqual([]);
  });

  test('reads more than fits in a page', async () => {
    const messages = Array.from({ length: 1_234 }, (_, n) => constant(n));
    await queuePush.run(pushInput({ queue: 'dead', backend, messages }), context());
    const result = await inspect({ limit: 2_000 });
    expect(result.depth).toBe(1_234);
    expect(result.entries.map(({ body }) => body)).toEqual(Array.from({ length: 1_234 }, (_, n) => n));
    expect(await purge({ expectCount: 1_234 })).toEqual({ purged: 1_234 });
  });
});

test('entries that somebody else added to a stream are shown by their fields', async () => {
  await context().redis.call(['XADD', key('dead'), '*', 'order', '3', 'why', 'late']);
  expect((await inspect()).entries).toMatchObject([{ reason: 'unknown', body: { order: '3', why: 'late' } }]);
});

test('a message that was pushed there keeps its name and time', async () => {
  await queuePush.run(pushInput({ queue: 'dead', message: constant('x') }), context());
  expect((await inspect()).entries).toMatchObject([
    { id: 'step-0', reason: 'unknown', firstEnqueuedAt: expect.any(Number) },
  ]);
});

test('a key that is no queue is refused', async () => {
  await context().redis.call(['SET', key('dead'), 'text']);
  await expect(inspect()).rejects.toMatchObject({
    code: 'WRONGTYPE',
    message: `${key('dead')} holds a string, and a queue is a list, a stream or a sorted set`,
  });
});

test('the payload lies in the queue as it lay in the one that gave it up', async () => {
  await queuePush.run(pushInput({ message: constant('  {"spaces" : 1}  \n') }), context());
  const before = await context().redis.call(['LINDEX', key('orders'), 0]);
  await failAll('list');
  const letter = String(await context().redis.call(['LINDEX', key('dead'), 0]));
  expect(letter.startsWith('redrill:dead-letter {"id":"step-0",')).toBe(true);
  expect(letter.slice(letter.indexOf('\n') + 1)).toBe(before);
  await redrive();
  const after = decodeMessage(String(await context().redis.call(['LINDEX', key('orders'), 0])));
  expect(after).toEqual({
    envelope: { ...decodeMessage(String(before)).envelope, redriveCount: 1 },
    body: '  {"spaces" : 1}  \n',
  });
});

test('a condition that is neither true nor false', async () => {
  await fill('list', 1);
  const where = { ...expression(() => 'yes'), source: 'entry.reason' };
  await expect(inspect({ where })).rejects.toMatchObject({
    name: 'ScenarioError',
    message: '`where: entry.reason` must be true or false, not "yes"',
    details: { next: 'compare the value with something' },
  });
});
