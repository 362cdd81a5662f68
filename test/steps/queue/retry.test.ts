import { expect, test } from 'vitest';
import { systemClock } from '../../../src/engine/clock.js';
import { createRandom } from '../../../src/engine/random.js';
import { queuePush } from '../../../src/steps/queue/push.js';
import { backoffDelay, longestBackoff, type RetryPolicy, retryDelay } from '../../../src/steps/queue/retry.js';
import { queueWork } from '../../../src/steps/queue/work.js';
import { openTestContext } from '../context.js';
import { type Fault, pushInput, workInput } from './inputs.js';

const policy = (change: Partial<RetryPolicy> = {}): RetryPolicy => ({
  attempts: 5,
  delay: 100,
  backoff: 'constant',
  jitter: 0,
  ...change,
});

test.each([
  [{ backoff: 'none' }, [0, 0, 0, 0]],
  [{ backoff: 'constant' }, [100, 100, 100, 100]],
  [{ backoff: 'linear' }, [100, 200, 300, 400]],
  [{ backoff: 'exponential' }, [100, 200, 400, 800]],
  [{ backoff: 'exponential', maxDelay: 300 }, [100, 200, 300, 300]],
  [{ backoff: 'linear', maxDelay: 50 }, [50, 50, 50, 50]],
  [{ backoff: 'exponential', delay: undefined }, [0, 0, 0, 0]],
] as const)('%j waits %j', (change, delays) => {
  expect([1, 2, 3, 4].map((failures) => backoffDelay(policy(change), failures))).toEqual(delays);
});

test('jitter makes a delay longer or shorter by up to its share, the same for the same seed', () => {
  const draw = (seed: number) => retryDelay(policy({ jitter: 0.2 }), 1, () => createRandom(seed));
  const delays = Array.from({ length: 500 }, (_, seed) => draw(seed));
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(80);
  expect(Math.min(...delays)).toBeLessThan(82);
  expect(Math.max(...delays)).toBeLessThanOrEqual(120);
  expect(Math.max(...delays)).toBeGreaterThan(118);
  expect(Array.from({ length: 500 }, (_, seed) => draw(seed))).toEqual(delays);
});

test('the jitter of retries is the same in every run with the same seed', async () => {
  // With a clock that stands still, the times that are recorded are the delays.
  const clock = { ...systemClock, now: () => 0 };
  const delays = async () => {
    await using own = await openTestContext({ clock });
    await queuePush.run(pushInput({ count: 10 }), own.context);
    const faults: Fault[] = [{ fail: { attempts: [1], at: 'start' } }];
    await queueWork.run(workInput({ handler: { faults }, retry: { attempts: 2, delay: 60, jitter: 1 } }), own.context);
    return [...own.recorder.events()].flatMap(({ operation, notBefore }) => (operation === 'retry' ? [notBefore] : []));
  };
  const first = await delays();
  expect(new Set(first).size).toBe(10);
  expect(await delays()).toEqual(first);
});

test('without jitter nothing is drawn', () => {
  const never = () => {
    throw new Error('drawn');
  };
  expect(retryDelay(policy(), 1, never)).toBe(100);
  expect(retryDelay(policy({ delay: 0, jitter: 0.5 }), 1, never)).toBe(0);
});

test.each([
  [{}, 400],
  [{ backoff: 'exponential' }, 1_500],
  [{ attempts: 1 }, 0],
  [{ jitter: 0.5 }, 600],
  [{ attempts: 1e9 }, 4_900],
] as const)('all delays of %j together are %d ms at most', (change, total) => {
  expect(longestBackoff(policy(change))).toBe(total);
});
