import { describe, expect, test } from 'vitest';
import { dlqInspect } from '../../../src/steps/dlq/inspect.js';
import { queuePush } from '../../../src/steps/queue/push.js';
import { queueWork } from '../../../src/steps/queue/work.js';
import { openTestContext } from '../context.js';
import { constant, deferred, expression } from '../fields.js';
import { pushInput, workInput } from './inputs.js';
import { of, opened, openForEach, push, work } from './working.js';

openForEach();

describe('the effect', () => {
  const increment = deferred(({ message }) => [
    'INCRBY',
    'balance',
    String((message as { sequence: number }).sequence),
  ]);
  const balance = () => opened.context.redis.call(['GET', opened.context.namespace.key('balance')]);

  test('is applied for each message', async () => {
    await push({ count: 5 });
    expect(await work({ workers: 2, handler: { do: [increment] } })).toMatchObject({ completed: 5 });
    expect(await balance()).toBe('10');
    expect(of('push-1').slice(2)).toEqual(['ok deliver 1', 'ok effect 1', 'ok complete 1']);
  });

  test.each([undefined, expression(({ message }) => (message as { id: string }).id)])(
    'that is refused is a failure, and may be tried again (%#)',
    async (once) => {
      await push({ count: 1 });
      // On one key, beside which the marker of `once` lies.
      const command = deferred(({ message }) =>
        (message as { attempt: number }).attempt === 1 ? ['INCRBY', 'count', 'x'] : ['INCR', 'count'],
      );
      const result = await work({ handler: { do: [command], ...(once && { once }) }, retry: { attempts: 2 } });
      expect(result).toMatchObject({ failed: 1, retried: 1, completed: 1 });
      expect(await opened.context.redis.call(['GET', opened.context.namespace.key('count')])).toBe('1');
    },
  );

  test('that was refused ends up in the dead letter with the error of the server', async () => {
    await opened.context.redis.call(['SET', opened.context.namespace.key('text'), 'x']);
    await push({ count: 1 });
    await work({ handler: { do: [constant(['INCR', 'text'])] }, deadLetter: 'dead' });
    expect(await dlqInspect.run({ queue: 'dead', limit: 1 }, opened.context)).toMatchObject({
      entries: [{ error: { class: 'ERR', message: 'value is not an integer or out of range' } }],
    });
  });

  test('of a command that is refused here fails the step', async () => {
    await push({ count: 1 });
    await expect(work({ handler: { do: [constant(['NOSUCHCOMMAND', 'x'])] } })).rejects.toThrow(/NOSUCHCOMMAND/i);
  });
});

describe('faults', () => {
  test('strike the same messages in every run with the same seed', async () => {
    const run = async () => {
      await using own = await openTestContext();
      await queuePush.run(pushInput({ count: 200 }), own.context);
      const input = workInput({
        workers: 3,
        // Long enough that no lease ends by itself on a busy machine: that would be one more delivery to strike.
        visibility: 1_500,
        retry: { attempts: 3 },
        handler: { faults: [{ fail: { share: 0.1, at: 'start' } }, { crash: { share: 0.02, at: 'end' } }] },
      });
      await queueWork.run(input, own.context);
      const struck = [...own.recorder.events()].filter(
        ({ operation }) => operation === 'handlerFail' || operation === 'crash',
      );
      return struck.map(({ message, attempt, operation }) => `${message} ${attempt} ${operation}`).sort();
    };
    const first = await run();
    expect(first.length).toBeGreaterThan(10);
    expect(await run()).toEqual(first);
  });

  test('slow handlers take longer, and nothing is lost by it', async () => {
    await push({ count: 4 });
    const result = await work({
      workers: 2,
      handler: { takes: 5, faults: [{ slow: { every: 2, at: 'start', takes: 40 } }] },
    });
    expect(result).toMatchObject({ completed: 4, redelivered: 0 });
    expect(result.handling!.max).toBeGreaterThanOrEqual(44);
    expect(result.handling!.p50).toBeLessThan(result.handling!.max);
  });
});
