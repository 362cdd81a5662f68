import { crc32 } from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import { streamAck } from '../../../src/steps/stream/ack.js';
import { streamAdd } from '../../../src/steps/stream/add.js';
import { streamClaim } from '../../../src/steps/stream/claim.js';
import { streamGroup } from '../../../src/steps/stream/group.js';
import { lookAtStreams } from '../../../src/steps/stream/look.js';
import { streamRead } from '../../../src/steps/stream/read.js';
import { openTestContext, type TestContext } from '../context.js';

const stream = 'events';
const group = 'mailers';

const told = ({ recorder }: TestContext) =>
  [...recorder.events()].map(
    ({ phase, operation, message, attempt, actor }) => `${phase} ${operation} ${message} ${attempt} ${actor}`,
  );
/** What was told since the last call. */
function teller(opened: TestContext) {
  let seen = 0;
  return () => {
    const all = told(opened);
    const news = all.slice(seen);
    seen = all.length;
    return news;
  };
}

describe('the history of streams', () => {
  test('tells what was added, by entry id, with its fields', async () => {
    await using opened = await openTestContext();
    const { ids } = await streamAdd.run({ stream, count: 2 }, opened.context);
    const { context, recorder } = opened;
    await expect(streamAdd.run({ stream, count: 1, id: '1-1' }, context)).rejects.toMatchObject({ code: 'ERR' });
    const body = '{"index":"0"}';
    expect([...recorder.events()]).toMatchObject([
      { phase: 'invoke', operation: 'push', target: stream, message: ids[0], body, hash: crc32(body) },
      { phase: 'ok', operation: 'push', message: ids[0], entryId: ids[0] },
      { phase: 'invoke', message: ids[1] },
      { phase: 'ok', message: ids[1] },
      { phase: 'invoke', message: expect.stringMatching(/^step\/\d+-0$/) },
      { phase: 'fail', message: expect.stringMatching(/^step\/\d+-0$/) },
    ]);
  });

  test('knows an entry again whose addition was never answered', async () => {
    await using opened = await openTestContext();
    const { context } = opened;
    const redis = await context.connections.dedicated('adds');
    const adding = streamAdd.run({ stream, count: 1 }, { ...context, redis });
    const broken = expect(adding).rejects.toMatchObject({ code: 'CONNECTION' });
    redis.destroy();
    await broken;
    const name = [...opened.recorder.events()].at(-1)!.message;
    const said = teller(opened);
    said();
    // It may have arrived before the connection broke, so that an equal one is put in its place.
    const key = context.namespace.key(stream);
    await context.redis.call(['DEL', key]);
    await context.redis.call(['XADD', key, '*', 'index', '0']);
    await streamRead.run({ stream, ack: false }, context);
    expect(said()).toEqual([`ok deliver ${name} 1 redrill`, `ok complete ${name} 0 redrill`]);
    await streamRead.run({ stream, ack: false }, context);
    expect(said()).toEqual([]);
    await streamRead.run({ stream, ack: false }, { ...context, stepName: 'other' });
    expect(said()).toEqual([`ok deliver ${name} 1 redrill`, `ok complete ${name} 0 redrill`]);
  });

  test('tells what a group was delivered, what was claimed and what was acknowledged', async () => {
    await using opened = await openTestContext();
    const { context } = opened;
    const said = teller(opened);
    await streamGroup.run({ stream, group, from: '0' }, context);
    const { ids } = await streamAdd.run({ stream, count: 3 }, context);
    said();
    await streamRead.run({ stream, group, consumer: 'a', count: 2, ack: false }, context);
    expect(said()).toEqual([`ok deliver ${ids[0]} 1 a`, `ok deliver ${ids[1]} 1 a`]);
    await streamRead.run({ stream, group, consumer: 'b', ack: true }, context);
    expect(said()).toEqual([`ok deliver ${ids[2]} 1 b`, `ok complete ${ids[2]} 0 b`]);
    await streamClaim.run({ stream, group, consumer: 'b', minIdle: 0 }, context);
    expect(said()).toEqual([`ok deliver ${ids[0]} 2 b`, `ok deliver ${ids[1]} 2 b`]);
    expect(await streamAck.run({ stream, group, ids: [ids[2]!, ids[0]!] }, context)).toEqual({ acknowledged: 1 });
    expect(said()).toEqual([`fail complete ${ids[2]} 0 step`, `ok complete ${ids[0]} 0 step`]);
  });

  test('tells of a delivery whose reply was lost', async () => {
    await using opened = await openTestContext();
    const { context } = opened;
    await streamGroup.run({ stream, group, from: '0' }, context);
    const said = teller(opened);
    const reading = streamRead.run({ stream, group, block: 5_000, ack: false }, context);
    const broken = expect(reading).rejects.toMatchObject({ code: 'CONNECTION' });
    const name = `redrill:${context.caseId}:stream.read`;
    const find = async () =>
      String(await context.redis.call(['CLIENT', 'LIST']))
        .split('\n')
        .find((line) => line.includes(`name=${name} `) && line.includes('cmd=xreadgroup'));
    const line = await vi.waitFor(async () => (await find()) ?? expect.fail('it does not block yet'));
    await context.redis.call(['CLIENT', 'KILL', 'ID', /id=(\d+)/.exec(line)![1]!]);
    await broken;
    expect(said()).toEqual(['info deliver  0 redrill']);
  });

  test('tells where the entries are', async () => {
    await using opened = await openTestContext();
    const { context } = opened;
    await streamGroup.run({ stream, group, from: '0' }, context);
    const { ids } = await streamAdd.run({ stream, count: 5 }, { ...context, stepName: 'add' });
    await streamRead.run({ stream, group, count: 3, ack: false }, { ...context, stepName: 'read' });
    await streamAck.run({ stream, group, ids: ids[0]! }, { ...context, stepName: 'ack' });
    await streamRead.run({ stream, count: 4, ack: false }, { ...context, stepName: 'plain' });
    await context.redis.call(['XDEL', context.namespace.key(stream), ids[1]!]);
    const said = teller(opened);
    said();
    await lookAtStreams(['add', 'read', 'none'], context);
    expect(said()).toEqual([
      'invoke look  0 step',
      ...[3, 4].map((index) => `ok queued ${ids[index]} 0 step`),
      `ok inFlight ${ids[2]} 0 step`,
      'ok look  0 step',
    ]);
    await lookAtStreams(['plain'], context);
    expect(said()).toEqual(['invoke look  0 step', `ok queued ${ids[4]} 0 step`, 'ok look  0 step']);
    await lookAtStreams(['add'], context);
    expect(said().slice(1, -1)).toEqual([0, 2, 3, 4].map((index) => `ok queued ${ids[index]} 0 step`));
    await context.redis.call(['XGROUP', 'DESTROY', context.namespace.key(stream), group]);
    await lookAtStreams(['read'], context);
    expect(said()).toHaveLength(6);
  });

  describe('lets a delivery be judged', () => {
    const options = { from: ['add'], to: ['read', 'ack'] };
    async function judged(read: (opened: TestContext, ids: readonly string[]) => Promise<unknown>) {
      await using opened = await openTestContext();
      const { context } = opened;
      await streamGroup.run({ stream, group, from: '0' }, context);
      const { ids } = await streamAdd.run(
        { stream, count: 4 },
        { ...context, stepName: 'add', history: opened.recorder.forStep('add') },
      );
      await read(
        { ...opened, context: { ...context, stepName: 'read', history: opened.recorder.forStep('read') } },
        ids,
      );
      await lookAtStreams(['add', 'read'], context);
      const [report, totals] = await context.check([
        { checker: 'at-least-once', options },
        { checker: 'total-queue', options },
      ]);
      const { completed, queued, inFlight, lost } = totals!.counts;
      return { verdict: report!.verdict, completed, queued, inFlight, lost };
    }

    test('all acknowledged', async () => {
      const found = await judged(({ context }) => streamRead.run({ stream, group, ack: true }, context));
      expect(found).toMatchObject({ verdict: 'passed', completed: 4, lost: 0 });
    });

    test('some pending, some waiting', async () => {
      const found = await judged(({ context }) => streamRead.run({ stream, group, count: 3, ack: false }, context));
      expect(found).toMatchObject({ verdict: 'unknown', completed: 0, inFlight: 3, queued: 1, lost: 0 });
    });

    test('trimmed before they were read', async () => {
      const found = await judged(async ({ context }) => {
        await context.redis.call(['XTRIM', context.namespace.key(stream), 'MAXLEN', 1]);
        await streamRead.run({ stream, group, ack: true }, context);
      });
      expect(found).toMatchObject({ verdict: 'failed', completed: 1, lost: 3 });
    });

    test('read without a group', async () => {
      const found = await judged(({ context }) => streamRead.run({ stream, ack: false }, context));
      expect(found).toMatchObject({ verdict: 'passed', completed: 4, lost: 0 });
    });
  });
});
