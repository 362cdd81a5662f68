import { beforeEach, describe, expect, test } from 'vitest';
import type { StepContext } from '../../../src/contracts/step.js';
import { queuePush } from '../../../src/steps/queue/push.js';
import { queueWork } from '../../../src/steps/queue/work.js';
import { verifyRetries } from '../../../src/steps/verify/retries.js';
import { openTestContext, type TestContext } from '../context.js';
import { constant } from '../fields.js';
import { type Fault, pushInput, workInput } from '../queue/inputs.js';

let opened: TestContext;

beforeEach(async () => {
  const context = await openTestContext();
  opened = context;
  return async () => await context[Symbol.asyncDispose]();
});

const inStep = (stepName: string): StepContext => ({
  ...opened.context,
  stepName,
  history: opened.recorder.forStep(stepName),
});

type WorkInput = NonNullable<Parameters<typeof workInput>[0]>;

/** What the workers did, judged by what they declared. */
async function verify(input: WorkInput, tolerance = 0.2, count = 3) {
  const { backend = 'list' } = input;
  await queuePush.run(pushInput({ backend, count, size: constant(20) }), inStep('push'));
  await queueWork.run(workInput(input), inStep('work'));
  const asked = { work: 'work', tolerance };
  const result = await verifyRetries.run(asked, inStep('verify'));
  return { ...result, judgement: verifyRetries.judge?.(result, asked, false) };
}

const fail = (...attempts: number[]): Fault => ({ fail: { attempts, at: 'start' } });

describe.each(['list', 'stream', 'delayed'] as const)('%s', (backend) => {
  test('retries come when the policy says', async () => {
    const retry = { attempts: 3, delay: 30, backoff: 'exponential', jitter: 0.1 } as const;
    const found = await verify({ backend, workers: 2, retry, handler: { faults: [fail(1, 2)] } });
    expect(found).toMatchObject({
      checked: 6,
      early: 0,
      late: 0,
      attemptsWrong: 0,
      gaps: [
        { failure: 1, expected: 30, count: 3 },
        { failure: 2, expected: 60, count: 3 },
      ],
      examples: { early: [], late: [], attemptsWrong: [] },
      reasons: [],
      judgement: { verdict: 'passed' },
    });
    for (const { expected, min } of found.gaps) expect(min).toBeGreaterThanOrEqual(expected * 0.9);
  });
});

test('a crash is no retry', async () => {
  const retry = { attempts: 2, delay: 30 };
  const faults: Fault[] = [{ crash: { attempts: [1], at: 'start' } }, fail(2)];
  const found = await verify({ visibility: 50, retry, handler: { faults } }, 0.2, 1);
  expect(found).toMatchObject({ checked: 1, attemptsWrong: 0, gaps: [{ failure: 1, count: 1 }] });
});

test('workers that are all busy make no retry late', async () => {
  const retry = { attempts: 2, delay: 10 };
  const faults: Fault[] = [{ fail: { first: 1, at: 'start' } }, { slow: { every: 1, takes: 400, at: 'start' } }];
  const found = await verify({ retry, handler: { faults } }, 0.2, 2);
  expect(found).toMatchObject({ checked: 1, late: 0, judgement: { verdict: 'passed' } });
  expect(found.gaps[0]?.max).toBeGreaterThan(300);
});

test('given up at `maxDeliveries` is not given up too soon', async () => {
  const found = await verify({ retry: { attempts: 5 }, maxDeliveries: 2, handler: { faults: [fail(1, 2)] } });
  expect(found).toMatchObject({ checked: 3, attemptsWrong: 0, judgement: { verdict: 'passed' } });
});

test('without a retry nothing is proven', async () => {
  const found = await verify({});
  expect(found.judgement).toEqual({
    verdict: 'unknown',
    message: 'the retry policy is not proven: no message was retried',
  });
});

test('a retry before its time is a failure', async () => {
  const retry = { attempts: 2, delay: 5_000, backoff: 'none' } as const;
  await verify({ retry, handler: { faults: [fail(1)] } });
  // As if the step had declared what it did not do.
  const { registryOf } = await import('../../../src/steps/queue/registry.js');
  const { steps } = registryOf(opened.context);
  const step = steps.get('work')!;
  steps.set('work', { ...step, work: { ...step.work!, retry: { ...step.work!.retry, backoff: 'constant' } } });
  const asked = { work: 'work', tolerance: 0.2 };
  const result = await verifyRetries.run(asked, inStep('verify'));
  expect(result).toMatchObject({ checked: 3, early: 3, examples: { early: ['push-0', 'push-1', 'push-2'] } });
  expect(verifyRetries.judge?.(result, asked, false)).toEqual({
    verdict: 'failed',
    message: expect.stringMatching(
      /^the retry policy does not hold: 3 retries came too early: push-0 after \S+ms instead of at least 4s, at failure 1$/,
    ),
  });
});

test('a step that worked on no queue is a mistake', async () => {
  await queuePush.run(pushInput({ count: 1, size: constant(20) }), inStep('push'));
  for (const work of ['push', 'nobody']) {
    await expect(verifyRetries.run({ work, tolerance: 0.2 }, inStep('verify'))).rejects.toThrow(
      `the step "${work}" has worked on no queue`,
    );
  }
});
