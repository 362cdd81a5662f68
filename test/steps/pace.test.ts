import { expect, test } from 'vitest';
import { judgeRate } from '../../src/steps/pace.js';
import { pubsubPublish } from '../../src/steps/pubsub/publish.js';
import { queuePush } from '../../src/steps/queue/push.js';
import { pushInput } from './queue/inputs.js';

const behind = (message: string) => ({
  verdict: 'unknown',
  message,
  next: 'ask for a lower `rate`, or for more producers',
  voids: ['throughput', 'latency', 'late'],
});

test.each([
  ['held', 1_000, 3, 500, undefined],
  ['held, as a machine that stalls for a quarter of a second holds it', 10, 250, 100, undefined],
  ['a hundredth of its time late', 100_000, 1_200, 1_000, undefined],
  ['half as much again', 500, 500, 500, behind('the rate was not held: 333/s instead of 500/s')],
  ['absurd', 237_000, 263, 1_000_000, behind('the rate was not held: 474,000/s instead of 1,000,000/s')],
  ['nothing was sent', 0, 2_000, 500, behind('the rate was not held: 0/s instead of 500/s')],
  ['no rate was asked for', 1_000, 5_000, undefined, undefined],
])('%s', (_, messages, late, rate, judgement) => {
  expect(judgeRate(messages, late, rate)).toEqual(judgement);
});

test('is judged of pushes and of publishes', () => {
  const unheld = { verdict: 'unknown' };
  const sent = { throughput: 10, latency: null, late: 1_000 };
  const pushed = { ...sent, attempted: 1_000, acknowledged: 1_000, failed: 0, unknown: 0 };
  expect(queuePush.judge?.(pushed, pushInput({ count: 1_000, rate: 500 }), true)).toMatchObject(unheld);
  const published = { ...sent, published: 1_000, receivers: 0, errors: 0 };
  const input = { channel: 'news', count: 1_000, rate: 500, publishers: 1, envelope: 'redrill' } as const;
  expect(pubsubPublish.judge?.(published, input, true)).toMatchObject(unheld);
});
