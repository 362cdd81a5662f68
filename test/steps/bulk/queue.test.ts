import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ExpressionError } from '../../../src/errors.js';
import { decodeMessage } from '../../../src/steps/queue/envelope.js';
import { queuePush } from '../../../src/steps/queue/push.js';
import { queueWork } from '../../../src/steps/queue/work.js';
import type { TestContext } from '../context.js';
import { constant, deferred } from '../fields.js';
import { pushInput, workInput } from '../queue/inputs.js';
import { openOwnServer } from '../queue/own-server.js';

let own: TestContext;
beforeAll(async () => {
  own = await openOwnServer();
});
afterAll(async () => await own[Symbol.asyncDispose]());

let queues = 0;
const newQueue = () => `queue-${queues++}`;
const push = (input: Parameters<typeof pushInput>[0], { context } = own) => queuePush.run(pushInput(input), context);
const eventsOf = (queue: string, { recorder } = own) =>
  [...recorder.events()].filter(({ target, operation }) => target === queue && operation === 'push');

/** What it told of itself so far. */
function watched({ context }: TestContext, signal = context.signal) {
  let told = (): unknown => ({});
  const reportProgress = (snapshot: () => unknown) => {
    told = snapshot;
  };
  const progress = () => told() as { attempted?: number; acknowledged?: number; unknown?: number }; // what pushes tell
  return { context: { ...context, signal, reportProgress }, progress };
}

/** The oldest first. */
async function storedIn(queue: string, backend: string, { context } = own) {
  const key = context.namespace.key(queue);
  const call = backend === 'list' ? ['LRANGE', key, 0, -1] : ['XRANGE', key, '-', '+'];
  const found = (await context.redis.call(call)) as (string | [string, [string, string]])[];
  const payloads = found.map((one) => (typeof one === 'string' ? one : one[1][1]));
  return (backend === 'list' ? payloads.reverse() : payloads).map(decodeMessage);
}

async function callsOf(command: string, { context } = own): Promise<number> {
  const info = String(await context.redis.call(['INFO', 'commandstats']));
  return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(info)?.[1] ?? 0);
}

describe.each(['list', 'stream'] as const)('many messages for a %s', (backend) => {
  test('are each stored, recorded and counted once, those of each producer in their order', async () => {
    const queue = newQueue();
    await own.context.redis.call(['CONFIG', 'RESETSTAT']);
    const result = await push({
      queue,
      backend,
      count: 4_000,
      producers: 3,
      size: deferred(({ index }) => Number(index) % 1_200),
    });
    expect(result).toMatchObject({ attempted: 4_000, acknowledged: 4_000, failed: 0, unknown: 0 });
    expect(result.latency?.p50).toBeGreaterThan(0);
    expect(await callsOf(backend === 'list' ? 'lpush' : 'xadd')).toBe(4_000);

    const stored = await storedIn(queue, backend);
    const ids = new Set(stored.map(({ envelope }) => envelope?.id));
    expect(ids.size).toBe(4_000);
    for (const producer of [0, 1, 2]) {
      const sequences = stored.flatMap(({ envelope }) =>
        envelope!.sequence % 3 === producer ? [envelope!.sequence] : [],
      );
      expect(sequences).toEqual(Array.from({ length: sequences.length }, (_, own) => own * 3 + producer));
    }
    const events = eventsOf(queue);
    const bodies = new Map(stored.map(({ envelope, body }) => [envelope!.id, String(body)]));
    const sent = new Map(events.flatMap((event) => (event.phase === 'invoke' ? [[event.message, event]] : [])));
    const taken = new Map(events.flatMap((event) => (event.phase === 'ok' ? [[event.message, event]] : [])));
    expect([events.length, sent.size, taken.size]).toEqual([8_000, 4_000, 4_000]);
    for (const { envelope } of stored) {
      const { id, sequence, enqueuedAt, deliverAt } = envelope!;
      const [invoke, ok] = [sent.get(id)!, taken.get(id)!];
      const body = bodies.get(id)!;
      expect(id).toMatch(new RegExp(`/${(sequence % 3) + 1}-${Math.floor(sequence / 3)}$`));
      expect(invoke.hash).toBe(crc32(body));
      expect(invoke.body).toBe(body.length > 1_024 ? undefined : body);
      expect(ok.time).toBeGreaterThanOrEqual(invoke.time);
      expect([ok.process, ok.connection, ok.actor]).toEqual([
        invoke.process,
        invoke.connection,
        id.slice(0, id.lastIndexOf('-')),
      ]);
      expect(ok).not.toHaveProperty('body');
      expect(deliverAt).toBe(enqueuedAt);
    }
    expect(new Set(events.map(({ connection }) => connection)).size).toBe(3);
  });

  test('hold what expressions give, and their keys', async () => {
    const queue = newQueue();
    const message = deferred(({ index }) => ({ order: index, name: 'é' }));
    await push({
      queue,
      backend,
      count: 1_500,
      message,
      key: deferred(({ index }) => `customer "${Number(index) % 7}"`),
    });
    const stored = await storedIn(queue, backend);
    const sent = eventsOf(queue).filter(({ phase }) => phase === 'invoke');
    expect(stored.map(({ body }) => body)).toEqual(stored.map((_, index) => `{"order":${index},"name":"é"}`));
    expect(stored.map(({ envelope }) => envelope?.key)).toEqual(stored.map((_, index) => `customer "${index % 7}"`));
    expect(sent.map(({ body, key }) => [body, key])).toEqual(stored.map(({ body, envelope }) => [body, envelope!.key]));
    expect(sent[9]!.hash).toBe(crc32(Buffer.from(String(stored[9]!.body))));
  });
});

test('the same body for all, in other letters than ASCII', async () => {
  const queue = newQueue();
  await push({ queue, count: 1_000, message: constant('größer') });
  const sent = eventsOf(queue).filter(({ phase }) => phase === 'invoke');
  expect(new Set(sent.map(({ body }) => body))).toEqual(new Set(['größer']));
  expect(sent[0]!.hash).toBe(crc32('größer'));
});

test('a rate is an open loop: what is due while the server stalls waits from then on', async () => {
  const queue = newQueue();
  await own.context.redis.call(['CLIENT', 'PAUSE', 60_000, 'WRITE']);
  const { context, progress } = watched(own);
  const pushing = push({ queue, rate: 2_000, for: 1_000, producers: 2 }, { ...own, context });
  await vi.waitFor(() => expect(progress().attempted).toBeGreaterThan(600), { timeout: 20_000 });
  await own.context.redis.call(['CLIENT', 'UNPAUSE']);
  const result = await pushing;
  expect(result).toMatchObject({ attempted: 2_000, acknowledged: 2_000 });
  expect(result.latency!.max).toBeGreaterThan(250);
  expect(result.throughput).toBeLessThan(2_100);
});

test('a rate beyond what can be sent ends when its time is over twice, and is judged unknown', async () => {
  const queue = newQueue();
  const before = performance.now();
  const input = pushInput({ queue, rate: 50_000_000, for: 100 });
  const result = await queuePush.run(input, own.context);
  expect(performance.now() - before).toBeLessThan(20_000);
  expect(result.attempted).toBe(result.acknowledged);
  expect(result.acknowledged).toBeLessThan(5_000_000);
  expect(queuePush.judge?.(result, input, false)).toMatchObject({ verdict: 'unknown' });
  await own.context.redis.call(['UNLINK', own.context.namespace.key(queue)]);
});

test('a time alone ends it', async () => {
  const { attempted, acknowledged } = await push({ queue: newQueue(), for: 100, producers: 2 });
  expect(attempted).toBeGreaterThan(100);
  expect(acknowledged).toBe(attempted);
});

describe('what goes wrong', () => {
  test('a server that refuses everything is what the step raises', async () => {
    const queue = newQueue();
    await own.context.redis.call(['SET', own.context.namespace.key(queue), 'text']);
    await expect(push({ queue, count: 1_000 })).rejects.toMatchObject({ name: 'ReplyError', code: 'WRONGTYPE' });
    const phases = eventsOf(queue).map(({ phase }) => phase);
    expect([phases.filter((one) => one === 'invoke').length, phases.filter((one) => one === 'fail').length]).toEqual([
      1_000, 1_000,
    ]);
  });

  test('an expression that fails later on ends the step, and leaves what was sent unknown', async () => {
    const queue = newQueue();
    const message = deferred(({ index }) => {
      if (index === 700) throw new ExpressionError('no such key', 'index', 0, 5);
      return index;
    });
    await expect(push({ queue, count: 1_000, message })).rejects.toThrow('no such key');
    const events = eventsOf(queue);
    const settled = events.filter(({ phase }) => phase === 'ok' || phase === 'info').length;
    expect([events.length, settled]).toEqual([1_400, 700]);
  });

  test('a time limit leaves what was sent unknown', async () => {
    const queue = newQueue();
    const limit = new AbortController();
    await own.context.redis.call(['CLIENT', 'PAUSE', 60_000, 'WRITE']);
    const { context, progress } = watched(own, limit.signal);
    const pushing = push({ queue, count: 5_000 }, { ...own, context });
    await vi.waitFor(() => expect(progress()).toMatchObject({ attempted: 256 }), { timeout: 20_000 });
    limit.abort(new Error('too late'));
    await expect(pushing).rejects.toThrow('too late');
    // What the shared connection sends now waits behind nothing.
    await own.context.redis.call(['CLIENT', 'UNPAUSE']);
    expect(progress()).toMatchObject({ attempted: 256, acknowledged: 0, unknown: 256 });
  });

  test('connections that break leave messages unknown, and none that was acknowledged is lost', async () => {
    await using server = await openOwnServer();
    const { context } = server;
    const pushing = push({ queue: 'orders', count: 20_000, producers: 2 }, server);
    let kills = 0;
    const ended = pushing.finally(() => {
      kills = 5;
    });
    while (kills < 5) {
      const list = String(await context.redis.call(['CLIENT', 'LIST']));
      for (const [, id] of list.matchAll(/^id=(\d+) .* name=redrill:\S*:step .* cmd=lpush/gm)) {
        kills += Number(await context.redis.call(['CLIENT', 'KILL', 'ID', id!]));
      }
    }
    const { attempted, acknowledged, failed, unknown } = await ended;
    expect([attempted, failed, acknowledged + unknown]).toEqual([20_000, 0, 20_000]);
    const stored = new Set((await storedIn('orders', 'list', server)).map(({ envelope }) => envelope!.id));
    const events = eventsOf('orders', server);
    const missing = events.filter(({ phase, message }) => phase === 'ok' && !stored.has(message));
    expect(missing).toEqual([]);
    expect(events.filter(({ phase }) => phase === 'info').length).toBe(unknown);
    // A producer with an unknown outcome goes on under another number.
    const processes = new Set(events.map(({ process }) => process));
    if (unknown > 0) expect(processes.size).toBeGreaterThan(2);
  });

  test('a server that is killed and comes back: the verdict on delivery holds', async () => {
    // It takes its time to load what it has.
    const config = { appendfsync: 'always', 'key-load-delay': 200 };
    await using server = await openOwnServer({}, { persistence: 'aof', config });
    const { context } = server;
    const { context: told, progress } = watched(server);
    const pushing = push({ queue: 'orders', count: 8_000, producers: 2 }, { ...server, context: told });
    await vi.waitFor(() => expect(progress().acknowledged).toBeGreaterThan(3_000), { timeout: 20_000, interval: 1 });
    const [node] = context.target.nodes!;
    await node!.kill();
    await node!.restart();
    const result = await pushing;
    expect(result.acknowledged + result.unknown).toBe(8_000);
    await queueWork.run(workInput({ workers: 8 }), context);
    const [report] = await context.check([{ checker: 'total-queue', options: { queue: 'orders' } }]);
    expect(report!.counts).toMatchObject({
      attempted: 8_000,
      acknowledged: result.acknowledged,
      lost: 0,
      unexpected: 0,
    });
  });
});
