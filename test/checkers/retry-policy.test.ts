import { expect, it, test } from 'vitest';
import { FreeTime } from '../../src/checkers/free-time.js';
import { type RetryPolicyOptions, retryPolicy } from '../../src/checkers/retry-policy.js';
import {
  complete,
  crash,
  deadLetter,
  deliver,
  discard,
  handlerFail,
  judge,
  nonZero,
  type Part,
  pushed,
  retry,
} from './histories.js';

/** Retries after 100 and 200 ms, 20 % more or less, tolerated by 10 %: 72 to 132 ms, and 144 to 264 ms. */
const options: RetryPolicyOptions = {
  queue: 'orders',
  step: 'work',
  workers: 2,
  attempts: 3,
  maxDeliveries: 5,
  delays: [100, 200],
  jitter: 0.2,
  tolerance: 0.1,
};

const got = (nth: number, time: number, worker = 1) => deliver(1).nth(nth).at(time).by(`work/${worker}`);
/** Fails and is put back. */
const failed = (nth: number, time: number, worker = 1): Part => [
  handlerFail(1).nth(nth).at(time).by(`work/${worker}`),
  retry(1).nth(nth).at(time).by(`work/${worker}`),
];
const fails = (nth: number) => handlerFail(1).nth(nth);
const puts = (nth: number) => retry(1).nth(nth);
const told: readonly [name: string, parts: Part[], verdict: string, counts: Record<string, number>][] = [
  ['nothing was delivered', [pushed(1)], 'unknown', {}],
  ['nothing failed', [got(1, 0), complete(1).nth(1)], 'unknown', {}],
  ['failed and not delivered again', [got(1, 0), failed(1, 10)], 'unknown', {}],
  ['at the delay', [got(1, 0), failed(1, 10), got(2, 110)], 'passed', { checked: 1 }],
  ['as early as may be', [got(1, 0), failed(1, 10), got(2, 82)], 'passed', { checked: 1 }],
  ['too early', [got(1, 0), failed(1, 10), got(2, 81.9)], 'failed', { checked: 1, early: 1 }],
  [
    'later than the policy, but within the time to wake up',
    [got(1, 0), failed(1, 10), got(2, 642)],
    'passed',
    { checked: 1 },
  ],
  ['too late', [got(1, 0), failed(1, 10), got(2, 643)], 'failed', { checked: 1, late: 1 }],
  [
    'late because all workers were busy',
    [
      got(1, 0),
      failed(1, 10),
      deliver(2).nth(1).at(20),
      deliver(3).nth(1).at(20).by('work/2'),
      complete(2).nth(1).at(900),
      got(2, 901),
    ],
    'passed',
    { checked: 1 },
  ],
  [
    'late although one worker was free',
    [got(1, 0), failed(1, 10), deliver(2).nth(1).at(20), complete(2).nth(1).at(900), got(2, 901)],
    'failed',
    { checked: 1, late: 1 },
  ],
  [
    'late because all were busy most of the time',
    [
      got(1, 0),
      failed(1, 10),
      deliver(2).nth(1).at(20),
      deliver(3).nth(1).at(200).by('work/2'),
      complete(2).nth(1).at(900),
      got(2, 1_000),
    ],
    'passed',
    { checked: 1 },
  ],
  [
    'late, by another run of the step',
    [got(1, 0), failed(1, 10), got(2, 2_000).by('work#2/1')],
    'passed',
    { checked: 1 },
  ],
  [
    'early, by another run of the step',
    [got(1, 0), failed(1, 10), got(2, 20).by('work#2/1')],
    'failed',
    { checked: 1, early: 1 },
  ],
  [
    'the second retry waits longer',
    [got(1, 0), failed(1, 0), got(2, 100), failed(2, 100), got(3, 300), complete(1).nth(3)],
    'passed',
    { checked: 2 },
  ],
  [
    'the second retry waits as long as the first',
    [got(1, 0), failed(1, 0), got(2, 100), failed(2, 100), got(3, 200)],
    'failed',
    { checked: 2, early: 1 },
  ],
  [
    'a crash is no failure',
    [got(1, 0), crash(1).nth(1), got(2, 5), failed(2, 10), got(3, 110)],
    'passed',
    { checked: 1 },
  ],
  [
    'a redelivery after a crash is no retry',
    [got(1, 0), failed(1, 10), got(2, 110), crash(1).nth(2), got(3, 111)],
    'passed',
    { checked: 1 },
  ],
  ['it was not put back, so its lease ended', [got(1, 0), fails(1).at(10), puts(1).fail(), got(2, 20)], 'unknown', {}],
  [
    'it was redelivered before it was refused',
    [got(1, 0), fails(1).at(10), got(2, 11, 2), puts(1).fail()],
    'unknown',
    {},
  ],
  [
    'it was redelivered before it was known to be put back',
    [got(1, 0), fails(1).at(10), got(2, 110, 2), puts(1)],
    'passed',
    { checked: 1 },
  ],
  [
    'nobody knows whether it was put back',
    [got(1, 0), fails(1).at(10), puts(1).info(), got(2, 20), failed(2, 30), got(3, 31)],
    'unknown',
    {},
  ],
  [
    'what came of the failure was never recorded',
    [got(1, 0), fails(1).at(10), got(2, 20), failed(2, 30), got(3, 31)],
    'unknown',
    {},
  ],
  [
    'a failure after the lease had ended',
    [got(1, 0), got(2, 5, 2), fails(1).at(10), puts(1).fail(), complete(1).nth(2).by('work/2')],
    'unknown',
    {},
  ],
  ['a delivery that nobody saw', [got(1, 0), failed(1, 10), got(3, 20)], 'unknown', {}],
  [
    'in another step',
    [got(1, 0).in('other'), fails(1).in('other'), puts(1).in('other'), got(2, 5).in('other')],
    'unknown',
    {},
  ],
  [
    'failed in another step before',
    [got(1, 0).in('other'), fails(1).in('other'), puts(1).in('other').at(5), got(2, 105), failed(2, 110), got(3, 310)],
    'passed',
    { checked: 1 },
  ],
  [
    'redriven, it begins anew',
    [
      got(1, 0),
      failed(1, 0),
      got(2, 100),
      failed(2, 100),
      got(3, 300),
      fails(3),
      deadLetter(1).nth(3),
      got(1, 400),
      failed(1, 400),
      got(2, 500),
    ],
    'passed',
    { checked: 3 },
  ],
  [
    'given up after all attempts',
    [got(1, 0), failed(1, 0), got(2, 100), failed(2, 100), got(3, 300), fails(3), deadLetter(1).nth(3)],
    'passed',
    { checked: 2 },
  ],
  [
    'given up too soon',
    [got(1, 0), failed(1, 0), got(2, 100), fails(2), deadLetter(1).nth(2)],
    'failed',
    { checked: 1, attemptsWrong: 1 },
  ],
  ['discarded at once', [got(1, 0), fails(1), discard(1).nth(1)], 'failed', { attemptsWrong: 1 }],
  [
    'given up by another step',
    [got(1, 0).in('other'), fails(1).in('other'), discard(1).nth(1).in('other')],
    'unknown',
    {},
  ],
  [
    'given up because of its deliveries',
    [[1, 2, 3, 4].map((nth) => [got(nth, nth), crash(1).nth(nth)]), got(5, 5), fails(5), deadLetter(1).nth(5)],
    'unknown',
    {},
  ],
  [
    'delivered too often to be handled',
    [got(4, 0), crash(1).nth(4), got(5, 5), crash(1).nth(5), deadLetter(1).nth(6)],
    'unknown',
    {},
  ],
  [
    'failed once too often',
    [got(1, 0), failed(1, 0), got(2, 100), failed(2, 100), got(3, 300), failed(3, 300), got(4, 500), fails(4)],
    'failed',
    { checked: 2, attemptsWrong: 1 },
  ],
  [
    'the last failure could not be settled',
    [
      got(1, 0),
      failed(1, 0),
      got(2, 100),
      failed(2, 100),
      got(3, 300),
      fails(3),
      discard(1).nth(3).fail(),
      got(4, 900),
      fails(4),
      discard(1).nth(4),
    ],
    'passed',
    { checked: 2 },
  ],
  [
    'another queue',
    [got(1, 0).of('bills'), fails(1).of('bills'), puts(1).of('bills'), got(2, 3).of('bills')],
    'unknown',
    {},
  ],
];
test.each(told)('%s', (_, parts, verdict, counts) => {
  const report = judge(retryPolicy, options, ...parts);
  expect([report.verdict, nonZero(report.counts)]).toEqual([verdict, counts]);
});

it('says what is wrong', () => {
  const early = [got(1, 0), failed(1, 10), got(2, 22)];
  expect(judge(retryPolicy, options, ...early).reasons).toEqual([
    '1 retry came too early: push-1 after 12ms instead of at least 72ms, at failure 1',
  ]);
  const late = [got(1, 0), failed(1, 10), got(2, 910)];
  expect(judge(retryPolicy, options, ...late).reasons).toEqual([
    '1 retry came too late: push-1 after 900ms instead of at most 132ms, at failure 1',
  ]);
  const both = [got(1, 0), failed(1, 10), got(2, 22), failed(2, 30), got(3, 31), failed(3, 32), got(4, 33), fails(4)];
  expect(judge(retryPolicy, options, ...both).reasons).toEqual([
    '2 retries came too early: push-1 after 12ms instead of at least 72ms, at failure 1',
    '1 message did not have 3 attempts: push-1 failed 4 times',
  ]);
  expect(judge(retryPolicy, options, got(1, 0), fails(1), discard(1).nth(1)).reasons).toEqual([
    '1 message did not have 3 attempts: push-1 was given up after 1 failure',
  ]);
  expect(judge(retryPolicy, options).reasons).toEqual(['no message was retried']);
});

it('shows the gaps of each failure', () => {
  const first = (n: number, gap: number): Part => [
    deliver(n).nth(1).at(0),
    handlerFail(n).nth(1).at(0),
    retry(n).nth(1).at(0),
    deliver(n).nth(2).at(gap),
    complete(n).nth(2),
  ];
  const report = judge(retryPolicy, options, first(1, 90), first(2, 100), first(3, 120));
  expect(report).toEqual({
    verdict: 'passed',
    reasons: [],
    counts: { checked: 3, early: 0, late: 0, attemptsWrong: 0 },
    examples: { early: [], late: [], attemptsWrong: [] },
    details: { gaps: [{ failure: 1, expected: 100, min: 90, p50: expect.closeTo(100, 0), max: 120, count: 3 }] },
  });
});

it('checks no retry beyond those whose delay it was told', () => {
  const parts = [got(1, 0), failed(1, 0), got(2, 100), failed(2, 100), got(3, 101)];
  expect(judge(retryPolicy, { ...options, delays: [100] }, ...parts).counts.checked).toBe(1);
});

test('free time is that in which not all workers are busy', () => {
  const free = new FreeTime(2);
  free.take('a', 10);
  expect(free.between(0, 100)).toBe(100);
  free.take('b', 20);
  free.take('b', 25);
  free.release('a', 50);
  free.take('a', 60);
  free.release('c', 70);
  expect(free.between(0, 100)).toBe(30);
  expect(free.between(15, 55)).toBe(10);
  expect(free.between(30, 40)).toBe(0);
  free.replaceAll(100);
  expect(free.between(60, 130)).toBe(30);
});
