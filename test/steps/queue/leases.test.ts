import { describe, expect, test } from 'vitest';
import type { RecordedEvent } from '../../../src/contracts/history.js';
import { dlqInspect } from '../../../src/steps/dlq/inspect.js';
import { BACKENDS } from '../../../src/steps/queue/backends/backend.js';
import { queuePush } from '../../../src/steps/queue/push.js';
import { queueWork } from '../../../src/steps/queue/work.js';
import { openTestContext } from '../context.js';
import { constant, deferred, expression } from '../fields.js';
import { type Fault, pushInput, workInput } from './inputs.js';

/** Long, so that none ends by itself on a slow machine: that would be one more delivery. The tests wait side by side. */
const LEASE_MS = 1_500;

/** What one case of its own does. */
async function openCase() {
  const { context, recorder, [Symbol.asyncDispose]: dispose } = await openTestContext();
  const as = (stepName: string) => ({ ...context, stepName, history: recorder.forStep(stepName) });
  const all = (filter: (event: RecordedEvent) => boolean = () => true) => [...recorder.events()].filter(filter);
  return {
    context,
    push: (input: Parameters<typeof pushInput>[0]) => queuePush.run(pushInput(input), as('push')),
    work: (input: Parameters<typeof workInput>[0]) =>
      queueWork.run(workInput({ visibility: LEASE_MS, ...input }), as('work')),
    all,
    of: (message: string) =>
      all((event) => event.message === message).map(
        ({ phase, operation, attempt }) => `${phase} ${operation} ${attempt}`,
      ),
    [Symbol.asyncDispose]: dispose,
  };
}

type Message = { readonly id: string; readonly sequence: number; readonly attempt: number; readonly body: unknown };
const crash = (conditions: Partial<NonNullable<Fault['crash']>>): Fault => ({ crash: { at: 'start', ...conditions } });
const when = (holds: (message: Message) => boolean) => expression(({ message }) => holds(message as Message));

describe.concurrent.each(BACKENDS)('on the %s backend', (backend) => {
  test('delivers again what a crashed worker had in hand, not before its lease ended', async () => {
    await using one = await openCase();
    await one.push({ backend, count: 20 });
    const result = await one.work({ backend, workers: 2, handler: { faults: [crash({ every: 10 })] } });
    expect(result).toMatchObject({ delivered: 22, completed: 20, crashes: 2, redelivered: 2, failed: 0, inFlight: 0 });
    expect(one.of('push-9').slice(2)).toEqual(['ok deliver 1', 'ok crash 1', 'ok deliver 2', 'ok complete 2']);
    const [first, second] = one.all(({ operation, message }) => operation === 'deliver' && message === 'push-9');
    expect(second!.time).toBeGreaterThanOrEqual(first!.notBefore!);
    expect(second!.process).not.toBe(first!.process);
    expect(second!.actor).not.toBe(first!.actor);
  });

  test('gives up what was delivered too often, crashes included', async () => {
    await using one = await openCase();
    await one.push({ backend, count: 3 });
    const result = await one.work({
      backend,
      visibility: LEASE_MS / 3,
      maxDeliveries: 3,
      handler: { faults: [crash({ when: when(({ sequence }) => sequence === 1) })] },
      deadLetter: 'dead',
    });
    expect(result).toMatchObject({ completed: 2, crashes: 3, deadLettered: 1, inFlight: 0 });
    expect(one.of('push-1').slice(2)).toEqual([
      'ok deliver 1',
      'ok crash 1',
      'ok deliver 2',
      'ok crash 2',
      'ok deliver 3',
      'ok crash 3',
      'ok deadLetter 4',
    ]);
    expect(await dlqInspect.run({ queue: 'dead', limit: 100 }, one.context)).toMatchObject({
      byReason: { deliveries: 1 },
      entries: [{ id: 'push-1', attempts: 0, deliveries: 3, reason: 'deliveries' }],
    });
  });

  test('a worker that hangs loses its message to another, and its late acknowledgement counts nothing', async () => {
    await using one = await openCase();
    await one.push({ backend, count: 4 });
    const result = await one.work({
      backend,
      workers: 2,
      handler: { faults: [{ hang: { first: 1, at: 'start' } }] },
    });
    expect(result).toMatchObject({ delivered: 5, completed: 4, redelivered: 1, inFlight: 0 });
    expect(one.of('push-0').slice(2)).toEqual(['ok deliver 1', 'ok deliver 2', 'ok complete 2', 'fail complete 1']);
  });

  test('names messages without an envelope over retries and crashes', async () => {
    await using one = await openCase();
    await one.push({ backend, messages: [constant('a'), constant('b'), constant('c')], envelope: 'none' });
    const fail: Fault = { fail: { when: when(({ body, attempt }) => body === 'b' && attempt === 1), at: 'start' } };
    const result = await one.work({
      backend,
      workers: 2,
      retry: { attempts: 2 },
      handler: { faults: [crash({ first: 1 }), fail] },
    });
    expect(result).toMatchObject({ delivered: 5, completed: 3, crashes: 1, retried: 1 });
    const messagesOf = (wanted: string) =>
      one.all(({ operation, phase }) => operation === wanted && phase === 'ok').map(({ message }) => message);
    expect(messagesOf('complete').sort()).toEqual(messagesOf('push').sort());
    expect(one.of('ca978112ca1bbdca-0').slice(2)).toEqual([
      'ok deliver 1',
      'ok crash 1',
      'ok deliver 2',
      'ok complete 2',
    ]);
    expect(result.latency).not.toBeNull();
  });
});

describe.concurrent('the effect of a message whose worker crashes behind it', () => {
  const increment = deferred(({ message }) => ['INCRBY', 'balance', String((message as Message).sequence)]);
  const faults = [crash({ first: 3, at: 'end' })];

  test('is applied again', async () => {
    await using one = await openCase();
    await one.push({ count: 3 });
    await one.work({ handler: { do: [increment], faults } });
    expect(await one.context.redis.call(['GET', one.context.namespace.key('balance')])).toBe('6');
  });

  test('is applied at most once with `once`', async () => {
    await using one = await openCase();
    await one.push({ count: 3 });
    const once = expression(({ message }) => (message as Message).id);
    await one.work({ handler: { do: [increment], once, faults } });
    expect(await one.context.redis.call(['GET', one.context.namespace.key('balance')])).toBe('3');
    expect(one.of('push-2').slice(2)).toEqual([
      'ok deliver 1',
      'ok effect 1',
      'ok crash 1',
      'ok deliver 2',
      'fail effect 2',
      'ok complete 2',
    ]);
  });
});
