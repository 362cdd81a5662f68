import { randomUUID } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { describe, expect, inject, test, vi } from 'vitest';
import { openConnections } from '../../../src/redis/connections.js';
import { parseRedisUrl } from '../../../src/redis/url.js';
import { pubsubPublish } from '../../../src/steps/pubsub/publish.js';
import { decodeMessage } from '../../../src/steps/queue/envelope.js';
import { contentOf } from '../../../src/steps/queue/identities.js';
import { openTestContext, type TestContext } from '../context.js';
import { constant, deferred } from '../fields.js';

type Input = Parameters<typeof pubsubPublish.run>[0];

const input = (overrides: Partial<Input>): Input => ({
  ...(overrides.shardChannel === undefined && { channel: 'news' }),
  publishers: 1,
  envelope: 'redrill',
  ...overrides,
});

/** What another program would receive. */
async function listen({ context }: TestContext, kind: 'channels' | 'shardChannels' = 'channels') {
  const deliveries: Buffer[] = [];
  const subscriber = await context.connections.subscriber('listener');
  subscriber.onDelivery((_, bytes, start, end) => deliveries.push(Buffer.from(bytes.subarray(start, end))));
  await subscriber.subscribe(kind, [context.namespace.channel('news')]);
  const bodies = () => deliveries.map((payload) => String(decodeMessage(payload).body));
  const raw = () => deliveries.map(String);
  return { bodies, raw, deliveries };
}

describe('pubsub.publish', () => {
  test('publishes one message, and counts its receivers', async () => {
    await using opened = await openTestContext();
    expect(await pubsubPublish.run(input({ message: constant('hello') }), opened.context)).toMatchObject({
      published: 1,
      receivers: 0,
      errors: 0,
    });
    const { bodies } = await listen(opened);
    const result = await pubsubPublish.run(input({ message: constant({ a: 1 }) }), opened.context);
    expect(result).toMatchObject({ published: 1, receivers: 1, errors: 0 });
    expect(result.throughput).toBeGreaterThan(0);
    expect(result.latency?.p50).toBeGreaterThan(0);
    await vi.waitFor(() => expect(bodies()).toEqual(['{"a":1}']));
  });

  test('publishes a list in its order, and bodies evaluated with their index', async () => {
    await using opened = await openTestContext();
    const { bodies } = await listen(opened);
    await pubsubPublish.run(input({ messages: [constant('a'), constant('1'), constant(1)] }), opened.context);
    await pubsubPublish.run(input({ message: deferred(({ index }) => `n${index}`), count: 3 }), opened.context);
    await vi.waitFor(() => expect(bodies()).toEqual(['a', '1', '1', 'n0', 'n1', 'n2']));
  });

  test('makes up bodies of the size that is asked', async () => {
    await using opened = await openTestContext();
    const { bodies } = await listen(opened);
    const size = deferred(({ index }) => [3, 12][Number(index)]!);
    await pubsubPublish.run(input({ count: 2, size }), opened.context);
    await pubsubPublish.run(input({ count: 1 }), opened.context);
    await vi.waitFor(() => expect(bodies()).toEqual(['mes', 'message 1...', 'message 0']));
  });

  test('puts a line with id and sequence before the body, or nothing', async () => {
    await using opened = await openTestContext();
    const { raw, deliveries } = await listen(opened);
    await pubsubPublish.run(input({ message: constant('bare'), envelope: 'none' }), opened.context);
    await pubsubPublish.run(input({ count: 2 }), opened.context);
    await vi.waitFor(() => expect(deliveries).toHaveLength(3));
    expect(raw()[0]).toBe('bare');
    const envelopes = deliveries.slice(1).map((payload) => decodeMessage(payload).envelope);
    expect(envelopes.map((envelope) => envelope?.sequence)).toEqual([0, 1]);
    const pushed = [...opened.recorder.events()].filter(({ phase }) => phase === 'ok').map(({ message }) => message);
    expect(pushed).toEqual([`${contentOf('bare')}-0`, envelopes[0]?.id, envelopes[1]?.id]);
  });

  test('publishes to a sharded channel', async () => {
    await using opened = await openTestContext();
    const { bodies } = await listen(opened, 'shardChannels');
    const result = await pubsubPublish.run(input({ shardChannel: 'news', message: constant('a') }), opened.context);
    expect(result).toMatchObject({ published: 1, receivers: 1 });
    await vi.waitFor(() => expect(bodies()).toEqual(['a']));
  });

  test('several publishers share the messages, each with ids of its own', async () => {
    await using opened = await openTestContext();
    const { bodies, deliveries } = await listen(opened);
    const result = await pubsubPublish.run(
      input({ message: deferred(({ index }) => index), count: 200, publishers: 4 }),
      opened.context,
    );
    expect(result).toMatchObject({ published: 200, receivers: 200, errors: 0 });
    await vi.waitFor(() => expect(new Set(bodies()).size).toBe(200));
    const ids = deliveries.map((payload) => decodeMessage(payload).envelope?.id ?? '');
    expect(new Set(ids).size).toBe(200);
    expect(new Set(ids.map((id) => id.slice(0, id.lastIndexOf('-')))).size).toBe(4);
  });

  test('records each message before it is sent and when it was taken', async () => {
    await using opened = await openTestContext();
    await pubsubPublish.run(input({ count: 1 }), opened.context);
    await pubsubPublish.run(input({ count: 1 }), opened.context);
    const events = [...opened.recorder.events()].map(({ phase, operation, target, message, actor }) => ({
      phase,
      operation,
      target,
      message,
      actor,
    }));
    const event = { operation: 'push', target: 'news', actor: 'publisher-1' };
    expect(events).toEqual([
      { ...event, phase: 'invoke', message: 'step/publisher-1-0' },
      { ...event, phase: 'ok', message: 'step/publisher-1-0' },
      { ...event, phase: 'invoke', message: 'step/publisher-1#2-0' },
      { ...event, phase: 'ok', message: 'step/publisher-1#2-0' },
    ]);
  });

  test('records what was sent, and over which connection', async () => {
    await using opened = await openTestContext();
    const bodies = [constant('ä'), constant('x'.repeat(1_025))];
    await pubsubPublish.run(input({ messages: bodies, envelope: 'none', publishers: 2 }), opened.context);
    await pubsubPublish.run(input({ shardChannel: 'news', message: constant('s') }), opened.context);
    const sent = [...opened.recorder.events()].filter(({ phase }) => phase === 'invoke');
    expect(sent).toMatchObject([
      { body: 'ä', hash: crc32(Buffer.from('ä')), namedBy: 'content', connection: expect.any(Number) },
      { hash: crc32('x'.repeat(1_025)), namedBy: 'content' },
      { body: 's', shard: true },
    ]);
    expect(sent[1]).not.toHaveProperty('body');
    expect(sent[2]).not.toHaveProperty('namedBy');
    expect(new Set(sent.map(({ connection }) => connection)).size).toBe(3);
  });

  test('holds a rate, for a time', async () => {
    await using opened = await openTestContext();
    const start = opened.context.clock.now();
    expect(await pubsubPublish.run(input({ rate: 200, for: 100, publishers: 2 }), opened.context)).toMatchObject({
      published: 20,
    });
    expect(opened.context.clock.now() - start).toBeGreaterThanOrEqual(95);
    expect(await pubsubPublish.run(input({ rate: 1, for: 60_000, count: 1 }), opened.context)).toMatchObject({
      published: 1,
    });
  });

  test('publishes as fast as it goes for a time', async () => {
    await using opened = await openTestContext();
    const { published } = await pubsubPublish.run(input({ for: 50 }), opened.context);
    expect(published).toBeGreaterThan(5);
  });

  test('declares the time that was asked for', () => {
    const cases: [Partial<Input>, number][] = [
      [{ message: constant('a') }, 0],
      [{ for: 5_000 }, 5_000],
      [{ count: 100, rate: 10 }, 10_000],
      [{ count: 100, rate: 10, for: 2_000 }, 2_000],
      [{ messages: [constant(1), constant(2)], rate: 1, for: 60_000 }, 2_000],
    ];
    for (const [overrides, expected] of cases) expect(pubsubPublish.declaredMs?.(input(overrides))).toBe(expected);
  });

  test('raises when the server refuses everything, and records that it did', async () => {
    await using opened = await openTestContext();
    const user = `test-${randomUUID()}`;
    const { redis } = opened.context;
    await redis.call(['ACL', 'SETUSER', user, 'on', 'nopass', '+@all', '-publish', '~*', '&*']);
    try {
      const address = { ...parseRedisUrl(inject('serverUrl')), username: user, password: 'any' };
      await using connections = openConnections(address, { caseName: user, shared: redis });
      const context = { ...opened.context, connections };
      await expect(pubsubPublish.run(input({ count: 3 }), context)).rejects.toMatchObject({
        name: 'ReplyError',
        code: 'NOPERM',
        message: expect.stringContaining("'publish'"),
      });
      const phases = [...opened.recorder.events()].map(({ phase }) => phase);
      expect(phases).toEqual(['invoke', 'fail', 'invoke', 'fail', 'invoke', 'fail']);
    } finally {
      await redis.call(['ACL', 'DELUSER', user]);
    }
  });

  test('counts a message whose reply never came as an error of unknown outcome', async () => {
    await using opened = await openTestContext();
    const { connections } = opened.context;
    // The second reply is outstanding when the connection breaks for good.
    const busy = async (name: string) => {
      const connection = await connections.busy(name);
      const call = connection.call.bind(connection);
      let calls = 0;
      connection.call = (...args) => {
        const reply = call(...args);
        if (++calls === 2) connection.destroy();
        return reply;
      };
      return connection;
    };
    const context = { ...opened.context, connections: { ...connections, busy } };
    const result = await pubsubPublish.run(input({ count: 4 }), context);
    expect(result).toMatchObject({ published: 1, errors: 3 });
    const phases = [...opened.recorder.events()].map(({ phase }) => phase);
    expect(phases).toEqual(['invoke', 'ok', 'invoke', 'info', 'invoke', 'fail', 'invoke', 'fail']);
  });

  test('sends more and more at once as they are taken, in their order, and begins anew when one is not', async () => {
    await using opened = await openTestContext();
    const { connections } = opened.context;
    const { bodies } = await listen(opened);
    const sizes: number[] = [];
    const busy = async (name: string) => {
      const connection = await connections.busy(name);
      const pipeline = connection.pipeline.bind(connection);
      connection.pipeline = (commands, options) => {
        const replies = pipeline(commands, options);
        if (sizes.push(commands.length) === 100) connection.destroy(); // what it sent is unknown, all later is not sent
        return replies;
      };
      return connection;
    };
    const context = { ...opened.context, connections: { ...connections, busy } };
    const { published, errors } = await pubsubPublish.run(
      input({ message: deferred(({ index }) => index), count: 5_000, envelope: 'none' }),
      context,
    );
    expect(sizes).toHaveLength(100);
    expect(sizes.slice(0, 3)).toEqual([2, 2, 2]);
    expect(sizes.at(-1)).toBe(64);
    expect(published + errors).toBe(5_000);
    const phases = { invoke: 0, ok: 0, fail: 0, info: 0 };
    for (const { phase, operation } of opened.recorder.events()) if (operation === 'push') phases[phase]++;
    expect(phases).toEqual({ invoke: 5_000, ok: published, info: 64, fail: errors - 64 });
    await vi.waitFor(() => expect(bodies().length).toBeGreaterThanOrEqual(published));
    expect(bodies().slice(0, published)).toEqual(Array.from({ length: published }, (_, index) => String(index)));
  });

  test('a refusal among several concerns that one alone', async () => {
    await using opened = await openTestContext();
    const refuse = async (name: string) => {
      const connection = await opened.context.connections.busy(name);
      const pipeline = connection.pipeline.bind(connection);
      connection.pipeline = (commands, options) => pipeline([['PUBLISH', 'only'], ...commands.slice(1)], options);
      return connection;
    };
    const context = { ...opened.context, connections: { ...opened.context.connections, busy: refuse } };
    expect(await pubsubPublish.run(input({ count: 12 }), context)).toMatchObject({ published: 11, errors: 1 });
    const failed = [...opened.recorder.events()].filter(({ phase }) => phase === 'fail').map(({ message }) => message);
    expect(failed).toEqual(['step/publisher-1-8']);
  });

  test('ends with the step', async () => {
    const controller = new AbortController();
    await using opened = await openTestContext({ signal: controller.signal });
    const publishing = pubsubPublish.run(input({ rate: 1, count: 100 }), opened.context);
    const late = new Error('the time is up');
    controller.abort(late);
    await expect(publishing).rejects.toBe(late);
  });
});
