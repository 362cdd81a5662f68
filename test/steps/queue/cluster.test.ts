import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openConnections } from '../../../src/redis/connections.js';
import { createNamespace } from '../../../src/redis/namespace.js';
import { parseRedisUrl } from '../../../src/redis/url.js';
import { dlqInspect } from '../../../src/steps/dlq/inspect.js';
import { dlqRedrive } from '../../../src/steps/dlq/redrive.js';
import { BACKENDS } from '../../../src/steps/queue/backends/backend.js';
import { queueInspect } from '../../../src/steps/queue/inspect.js';
import { queuePush } from '../../../src/steps/queue/push.js';
import { queueWork } from '../../../src/steps/queue/work.js';
import { dialWire } from '../../../src/wire/link.js';
import { openTestContext } from '../context.js';
import { deferred, expression } from '../fields.js';
import { type Cluster, startCluster } from './cluster-server.js';
import { pushInput, workInput } from './inputs.js';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(async () => await cluster[Symbol.asyncDispose]());

describe.concurrent.each(['isolated', 'spread', 'literal'] as const)('with %s names', (mode) => {
  test.each(BACKENDS)('a %s queue keeps to one slot, and moves dead letters to another', async (backend) => {
    const namespace = createNamespace({ mode, token: `${mode}-${backend}`, ours: true });
    const { url, redis } = cluster;
    await using connections = openConnections(parseRedisUrl(url), {
      caseName: mode,
      shared: redis,
      dialBusy: dialWire,
    });
    await using opened = await openTestContext({ namespace, redis, connections });
    const { context } = opened;
    const queue = `${mode} ${backend} orders`;
    const dead = `${mode} ${backend} dead`;

    await queuePush.run(pushInput({ queue, backend, count: 20 }), context);
    await queuePush.run(pushInput({ queue, backend, count: 5, delay: deferred(() => 20) }), context);
    const work = workInput({
      queue,
      backend,
      workers: 3,
      // Its lease must not end by itself between the letter and the acknowledgement.
      visibility: 1_500,
      retry: { attempts: 2, delay: 5 },
      deadLetter: dead,
      handler: {
        do: [deferred(({ message }) => ['INCR', `${queue} balance ${(message as { sequence: number }).sequence % 3}`])],
        once: expression(({ message }) => (message as { id: string }).id),
        faults: [
          { crash: { first: 1, at: 'end' } },
          { fail: { when: expression(({ message }) => (message as { sequence: number }).sequence === 7), at: 'end' } },
        ],
      },
    });
    expect(await queueWork.run(work, context)).toMatchObject({
      completed: 24,
      deadLettered: 1,
      crashes: 2,
      inFlight: 0,
    });
    const balances = await Promise.all(
      [0, 1, 2].map((n) => redis.call(['GET', namespace.key(`${queue} balance ${n}`)])),
    );
    expect(balances.map(Number).reduce((sum, balance) => sum + balance)).toBe(25);

    expect(await dlqInspect.run({ queue: dead, limit: 10 }, context)).toMatchObject({
      depth: 1,
      entries: [{ id: 'step-7' }],
    });
    expect(await dlqRedrive.run({ from: dead, dryRun: false }, context)).toEqual({
      moved: 1,
      skipped: 0,
      remaining: 0,
    });
    expect(await queueInspect.run({ queue }, context)).toMatchObject({ ready: 1, inFlight: 0 });
  });
});
