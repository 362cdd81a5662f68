import { expect, test } from 'vitest';
import { judgeRate } from '../../src/steps/pace.js';
import { pubsubPublish } from '../../src/steps/pubsub/publish.js';
import { queuePush } from '../../src/steps/queue/push.js';
import { pushInput } from './queue/inputs.js';

const behind = (message: string) => ({
  verdict: 'unknown',
  message,
  next: 'ask for a lower `rate`, or for more producers',
});

test.each([
  ['held', 1_000, 500, 500, undefined],
  ['held, as a machine that stalls for less than a second holds it', 10, 10, 100, undefined],
  ['twice the time and less than a second', 1_000, 210, 500, undefined],
  ['less than half of it', 10_000, 200, 500, behind('the rate was not held: 200/s instead of 500/s')],
  ['absurd', 1_000_000, 27_700, 5_000_000, behind('the rate was not held: 27,700/s instead of 5,000,000/s')],
  ['no rate was asked for', 1_000, 10, undefined, undefined],
  ['nothing was done', 0, 0, 500, undefined],
])('%s', (_, operations, throughput, rate, judgement) => {
  expect(judgeRate(operations, throughput, rate)).toEqual(judgement);
});

test('is judged of pushes and of publishes', () => {
  const unheld = { verdict: 'unknown' };
  const sent = { throughput: 10, latency: null };
  const pushed = { ...sent, attempted: 1_000, acknowledged: 1_000, failed: 0, unknown: 0 };
  expect(queuePush.judge?.(pushed, pushInput({ count: 1_000, rate: 500 }), true)).toMatchObject(unheld);
  const published = { ...sent, published: 1_000, receivers: 0, errors: 0 };
  const input = { channel: 'news', count: 1_000, rate: 500, publishers: 1, envelope: 'redrill' } as const;
  expect(pubsubPublish.judge?.(published, input, true)).toMatchObject(unheld);
});
