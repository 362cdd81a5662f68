import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BACKENDS } from '../../../src/steps/queue/backends/backend.js';
import { createBackend } from '../../../src/steps/queue/backends/create.js';
import { queueKeys } from '../../../src/steps/queue/keys.js';
import { lookAtQueue } from '../../../src/steps/queue/look.js';
import { queuePush } from '../../../src/steps/queue/push.js';
import { registryOf } from '../../../src/steps/queue/registry.js';
import { openTestContext, type TestContext } from '../context.js';
import { constant } from '../fields.js';
import { pushInput } from './inputs.js';
import { take as takeFrom } from './turn.js';

let opened: TestContext;

beforeEach(async () => {
  opened = await openTestContext();
});
afterEach(async () => {
  await opened[Symbol.asyncDispose]();
});

/** The events of the last look. */
const found = () => {
  const events = [...opened.recorder.events()].map(
    ({ phase, operation, message }) => `${phase} ${operation} ${message}`,
  );
  return events.slice(events.lastIndexOf('invoke look ')).map((event) => event.trim());
};

describe.each(BACKENDS)('a look at a %s', (backend) => {
  test('finds what waits, what is in hand, and what waits for a time', async () => {
    const { context } = opened;
    await queuePush.run(pushInput({ backend, count: 3 }), context);
    await queuePush.run(pushInput({ backend, count: 1, delay: constant(60_000) }), { ...context, stepName: 'later' });
    const queue = createBackend(backend, queueKeys(context.namespace, 'orders'), {
      visibilityMs: 60_000,
      group: 'workers',
      now: context.clock.now,
    });
    await queue.prepare(context.redis, {});
    const take = async () => {
      const taken = await takeFrom(queue, context.redis);
      if (!('payload' in taken)) throw new Error('there is nothing to take');
      return taken;
    };
    await take();
    expect(await queue.retry(context.redis, await take(), 60_000, '', {})).toBe(true);
    await lookAtQueue('orders', backend, context);
    const events = found();
    expect([events[0], events.slice(1, -1).sort(), events.at(-1)]).toEqual([
      'invoke look',
      ['ok inFlight step-0', 'ok queued later-0', 'ok queued step-1', 'ok queued step-2'],
      'ok look',
    ]);
  });
});

describe('a look at a queue', () => {
  test('waits until nobody has a message in hand', async () => {
    const { context } = opened;
    const activity = registryOf(context).queue('orders');
    activity.holding = 1;
    const looking = lookAtQueue('orders', 'list', context);
    await context.clock.sleep(40);
    activity.holding = 0;
    await looking;
    expect(found()).toEqual(['invoke look', 'ok look']);
  });

  test('that never holds still is not complete', async () => {
    registryOf(opened.context).queue('orders').producers = 1;
    await lookAtQueue('orders', 'list', opened.context);
    expect(found()).toEqual(['invoke look', 'info look']);
  });
});
