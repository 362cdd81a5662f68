import { describe, expect, test, vi } from 'vitest';
import type { Connection } from '../../../src/contracts/redis.js';
import type { StepContext } from '../../../src/contracts/step.js';
import { catchUpSubscribers } from '../../../src/steps/pubsub/listeners.js';
import { pubsubSubscribe } from '../../../src/steps/pubsub/subscribe.js';
import { encodeMessage } from '../../../src/steps/queue/envelope.js';
import { contentOf } from '../../../src/steps/queue/identities.js';
import { openTestContext, type TestContext } from '../context.js';

type Input = Parameters<typeof pubsubSubscribe.run>[0];

/** Runs the action; what it returns reads the live snapshot. */
async function subscribe(opened: TestContext, input: Partial<Input>) {
  const first = await pubsubSubscribe.run({ subscribers: 1, reads: 'normal', ...input }, opened.context);
  const actor = opened.actors.at(-1)!;
  return { first, snapshot: () => actor.snapshot() as typeof first }; // the same function made both
}

const publish = (
  { redis, namespace }: StepContext,
  channel: string,
  payload: string | Uint8Array,
  command = 'PUBLISH',
) => redis.call([command, namespace.channel(channel), payload]);

const built = (producer: string, sequence: number) =>
  encodeMessage(
    { id: `${producer}-${sequence}`, sequence, key: null, enqueuedAt: 1, deliverAt: 1, redriveCount: 0 },
    'body',
  );

async function kill(redis: Connection, name: string): Promise<void> {
  const clients = String(await redis.call(['CLIENT', 'LIST', 'TYPE', 'pubsub']));
  const mine = clients.split('\n').find((line) => line.includes(`name=redrill:${name}`));
  await redis.call(['CLIENT', 'KILL', 'ID', /id=(\d+)/.exec(mine ?? '')![1]!]);
}

const deliveries = ({ recorder }: TestContext) =>
  [...recorder.events()].filter(({ operation }) => operation === 'deliver');

describe('pubsub.subscribe', () => {
  test('has every subscription confirmed when it returns', async () => {
    await using opened = await openTestContext();
    const { first, snapshot } = await subscribe(opened, { channels: ['news', 'sport'], subscribers: 3 });
    expect(first).toEqual({ subscribers: 3, received: 0, perSubscriber: [0, 0, 0], disconnects: 0, gaps: 0 });
    expect(await publish(opened.context, 'news', 'hello')).toBe(3);
    expect(await publish(opened.context, 'sport', 'hello')).toBe(3);
    await vi.waitFor(() => expect(snapshot()).toMatchObject({ received: 6, perSubscriber: [2, 2, 2] }));
  });

  test('delivers a message once for each pattern that it matches', async () => {
    await using opened = await openTestContext();
    const { snapshot } = await subscribe(opened, { patterns: ['news.*', '*.sport'] });
    expect(await publish(opened.context, 'news.sport', 'hello')).toBe(2);
    expect(await publish(opened.context, 'news.art', 'hello')).toBe(1);
    await vi.waitFor(() => expect(snapshot().received).toBe(3));
  });

  test('subscribes to sharded channels', async () => {
    await using opened = await openTestContext();
    const { snapshot } = await subscribe(opened, { shardChannels: 'news' });
    await publish(opened.context, 'news', 'to ordinary subscribers');
    await publish(opened.context, 'news', 'hello', 'SPUBLISH');
    await vi.waitFor(() => expect(snapshot().received).toBe(1));
  });

  test('records deliveries: built-in messages by id, others by their content', async () => {
    await using opened = await openTestContext();
    const { snapshot } = await subscribe(opened, { channels: 'news', subscribers: 2 });
    const payloads = [built('p', 0), 'plain', Uint8Array.of(0xff), 'plain'];
    for (const payload of payloads) await publish(opened.context, 'news', payload);
    await vi.waitFor(() => expect(snapshot().received).toBe(8));
    const events = deliveries(opened).filter(({ actor }) => actor === 'subscriber-2');
    const [plain, bytes] = ['plain', Uint8Array.of(0xff)].map(contentOf);
    expect(events.map(({ message }) => message)).toEqual(['p-0', `${plain}-0`, `${bytes}-0`, `${plain}-1`]);
    expect(events[0]).toMatchObject({ phase: 'ok', operation: 'deliver', target: 'news', attempt: 0, step: 'step' });
  });

  test('counts messages missing between received ones, by publisher and channel', async () => {
    await using opened = await openTestContext();
    const { snapshot } = await subscribe(opened, { channels: ['news', 'sport'], subscribers: 2 });
    for (const sequence of [5, 6, 9, 10]) await publish(opened.context, 'news', built('a', sequence));
    await publish(opened.context, 'news', built('b', 3));
    await publish(opened.context, 'sport', built('a', 20));
    await vi.waitFor(() => expect(snapshot()).toMatchObject({ received: 12, gaps: 4 }));
  });

  test('counts a connection that broke, and subscribes again', async () => {
    await using opened = await openTestContext();
    const { redis, caseId } = opened.context;
    const { snapshot } = await subscribe(opened, { channels: 'news' });
    await kill(redis, `${caseId}:step:subscriber-1`);
    await vi.waitFor(() => expect(snapshot().disconnects).toBe(1));
    await vi.waitFor(async () => expect(await publish(opened.context, 'news', 'again')).toBe(1));
    await vi.waitFor(() => expect(snapshot()).toMatchObject({ received: 1, disconnects: 1 }));
  });

  test('records subscriptions, broken connections and when it has caught up', async () => {
    await using opened = await openTestContext();
    const { redis, caseId } = opened.context;
    const { snapshot } = await subscribe(opened, { patterns: ['n*', '__keyspace@0__:user*'] });
    await publish(opened.context, 'news', built('p', 0));
    await vi.waitFor(() => expect(snapshot().received).toBe(1));
    await kill(redis, `${caseId}:step:subscriber-1`);
    await vi.waitFor(() => expect(snapshot().disconnects).toBe(1));
    await catchUpSubscribers(['step', 'other'], opened.context);
    await opened.actors[0]!.stop();
    await catchUpSubscribers(['step'], opened.context);
    const events = [...opened.recorder.events()];
    const subscribed = [
      { phase: 'ok', operation: 'subscribe', target: 'n*', pattern: true },
      { phase: 'ok', operation: 'subscribe', target: '__keyspace@0__:user*', pattern: true },
    ];
    expect(events).toMatchObject([
      ...subscribed,
      { phase: 'ok', operation: 'deliver', target: 'news', to: 'n*', message: 'p-0' },
      { phase: 'ok', operation: 'disconnect', target: '' },
      ...subscribed,
      { phase: 'ok', operation: 'caughtUp' },
      { phase: 'ok', operation: 'caughtUp' },
    ]);
    expect(new Set(events.map(({ process, connection }) => `${process} ${connection}`)).size).toBe(1);
    for (const { operation, since, time } of events) {
      if (operation === 'caughtUp') expect(since).toBeLessThanOrEqual(time);
    }
  });

  test('a paused subscriber reads on when it is told to catch up, and is paused again', async () => {
    await using opened = await openTestContext();
    const { snapshot } = await subscribe(opened, { channels: 'news', reads: 'paused' });
    for (let index = 0; index < 3; index++) await publish(opened.context, 'news', built('p', index));
    await catchUpSubscribers(['step'], opened.context);
    expect(snapshot().received).toBe(3);
    const witness = await subscribe(opened, { channels: 'news' });
    await publish(opened.context, 'news', built('p', 3));
    await vi.waitFor(() => expect(witness.snapshot().received).toBe(1));
    expect(snapshot().received).toBe(3);
    await opened.actors[0]!.stop();
    expect(snapshot().received).toBe(4);
  });

  test('a paused subscriber is counted by the server, but receives nothing', async () => {
    await using opened = await openTestContext();
    const paused = await subscribe(opened, { channels: 'news', reads: 'paused' });
    const normal = await subscribe(opened, { channels: 'news' });
    expect(await publish(opened.context, 'news', 'hello')).toBe(2);
    await vi.waitFor(() => expect(normal.snapshot().received).toBe(1));
    expect(paused.snapshot().received).toBe(0);
  });

  test('a slow subscriber reads at its rate', async () => {
    await using opened = await openTestContext();
    const { clock } = opened.context;
    const start = clock.now();
    const { snapshot } = await subscribe(opened, { channels: 'news', reads: { rate: 100 } });
    // All at once, so that one read of the socket brings several.
    const payloads = Array.from({ length: 21 }, (_, index) => built('p', index));
    await Promise.all(payloads.map((payload) => publish(opened.context, 'news', payload)));
    await vi.waitFor(() => expect(snapshot().received).toBe(21), { timeout: 5_000, interval: 5 });
    expect(clock.now() - start).toBeGreaterThanOrEqual(200);
    const messages = deliveries(opened).map(({ message }) => message);
    expect(messages).toEqual(Array.from({ length: 21 }, (_, index) => `p-${index}`));
  });

  test('reads what is left when it is stopped, and keeps its counts', async () => {
    await using opened = await openTestContext();
    const { snapshot } = await subscribe(opened, { channels: 'news', reads: { rate: 1 } });
    for (const payload of ['a', 'b', 'c']) await publish(opened.context, 'news', payload);
    await vi.waitFor(() => expect(snapshot().received).toBe(1));
    await opened.actors[0]!.stop();
    expect(snapshot()).toEqual({ subscribers: 1, received: 3, perSubscriber: [3], disconnects: 0, gaps: 0 });
    await vi.waitFor(async () => expect(await publish(opened.context, 'news', 'late')).toBe(0));
  });
});
