import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isTaken, type QueueBackend } from '../../../src/steps/queue/backends/backend.js';
import { createBackend } from '../../../src/steps/queue/backends/create.js';
import { Bell } from '../../../src/steps/queue/bell.js';
import { queueKeys } from '../../../src/steps/queue/keys.js';
import { openTestContext, type TestContext } from '../context.js';
import { take } from './turn.js';

const options = {};
let opened: TestContext;
let queue: QueueBackend;
let bell: Bell;
/** How many wait. */
let waiters: number;

async function hang(kind: 'list' | 'stream' | 'delayed', atMostMs: number): Promise<void> {
  const { context } = opened;
  const keys = queueKeys(context.namespace, 'orders');
  queue = createBackend(kind, keys, { visibilityMs: 60_000, group: 'workers', now: context.clock.now });
  await queue.prepare(context.redis, options);
  const connect = () => context.connections.dedicated('bell');
  bell = new Bell(queue, connect, context.clock, atMostMs, context.signal);
}

/** Takes, and waits where there is nothing; gives how long it waited. */
async function waitWhereEmpty(): Promise<number> {
  const idle = await take(queue, opened.context.redis);
  if (isTaken(idle)) throw new Error('there was a message');
  const before = performance.now();
  const rung = bell.wait(idle);
  waiters++;
  await rung;
  return performance.now() - before;
}

const untilWaiting = (count: number) => expect.poll(() => waiters, { timeout: 10_000, interval: 1 }).toBe(count);

beforeEach(async () => {
  waiters = 0;
  opened = await openTestContext();
});
afterEach(async () => {
  await bell[Symbol.asyncDispose]();
  await opened[Symbol.asyncDispose]();
});

test.each(['list', 'stream', 'delayed'] as const)('rings when a message arrives on the %s backend', async (kind) => {
  await hang(kind, 60_000);
  for (const payload of ['a', 'b']) {
    waiters = 0;
    const waiting = waitWhereEmpty();
    await untilWaiting(1);
    await queue.push(opened.context.redis, [{ payload, delayMs: 0 }], options);
    expect(await waiting).toBeLessThan(15_000);
    // A sorted set can't tell, so it is looked at again and again.
    await expect
      .poll(async () => isTaken(await take(queue, opened.context.redis)), {
        timeout: 10_000,
        interval: 1,
      })
      .toBe(true);
  }
});

test('rings when something is due', async () => {
  await hang('list', 60_000);
  await queue.push(opened.context.redis, [{ payload: 'a', delayMs: 400 }], options);
  const waited = await waitWhereEmpty();
  expect(waited).toBeGreaterThan(30);
  expect(waited).toBeLessThan(15_000);
});

test('rings after the longest time at the latest', async () => {
  await hang('list', 30);
  expect(await waitWhereEmpty()).toBeLessThan(15_000);
});

test('wakes one at a time, and all when it is told to', async () => {
  await hang('list', 60_000);
  let woken = 0;
  const waiting = [1, 2, 3, 4].map(() => waitWhereEmpty().then(() => woken++));
  await untilWaiting(4);
  bell.ring();
  await delay(5);
  expect(woken).toBe(1);
  bell.ringAll();
  await Promise.all(waiting);
  bell.ring();
});
