import { describe, expect, test } from 'vitest';
import { queueInspect } from '../../../src/steps/queue/inspect.js';
import { queuePush } from '../../../src/steps/queue/push.js';
import { queueWork } from '../../../src/steps/queue/work.js';
import { deferred, expression } from '../fields.js';
import { type Fault, pushInput, workInput } from './inputs.js';
import { openOwnServer } from './own-server.js';
import { all, as, opened, openForEach, push, work } from './working.js';

openForEach();

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
    [effect, ['work', 'work:2', 'work/1', 'work/2', 'work:bell']],
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

  test('opens none to wait with where nothing is waited for', async () => {
    await push({ count: 3 });
    const { connections } = opened.context;
    const dedicated = () => Promise.reject(new Error('nobody waits'));
    const result = await queueWork.run(workInput({}), as('work', { connections: { ...connections, dedicated } }));
    expect(result.completed).toBe(3);
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
