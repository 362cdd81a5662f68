import { expect, it, test } from 'vitest';
import { scheduling } from '../../src/checkers/scheduling.js';
import { deliver, judge, nonZero, type Part, push, pushed } from './histories.js';

const queue = { queue: 'orders' };
const delayed = (n: number, due: number): Part => [push(n).at(0).notBefore(due), push(n).ok()];

const told: readonly [name: string, parts: Part[], verdict: string, counts: Record<string, number>][] = [
  ['after it was due', [delayed(1, 100), deliver(1).at(110)], 'passed', { delayed: 1 }],
  ['at the moment', [delayed(1, 100), deliver(1).at(100)], 'passed', { delayed: 1 }],
  ['before it was due', [delayed(1, 100), deliver(1).at(99)], 'failed', { delayed: 1, beforeDue: 1 }],
  [
    'only the first delivery counts',
    [delayed(1, 100), deliver(1).at(110).nth(1), deliver(1).at(120).nth(2)],
    'passed',
    { delayed: 1 },
  ],
  ['the first delivery is unknown', [delayed(1, 100), deliver(1).at(90).nth(2)], 'unknown', {}],
  ['never delivered', [delayed(1, 100)], 'unknown', {}],
  ['no delay', [pushed(1), deliver(1)], 'unknown', {}],
  ['delivered without a push', [deliver(1)], 'unknown', {}],
  ['another queue', [push(1).of('bills').notBefore(100), deliver(1).of('bills').at(5)], 'unknown', {}],
];
test.each(told)('%s', (_, parts, verdict, counts) => {
  const report = judge(scheduling, { ...queue, required: true }, ...parts);
  expect([report.verdict, nonZero(report.counts)]).toEqual([verdict, counts]);
  expect(report.examples.beforeDue).toEqual(verdict === 'failed' ? ['push-1'] : []);
});

it('passes without a delay where none is required', () => {
  expect(judge(scheduling, queue, pushed(1), deliver(1))).toEqual({
    verdict: 'passed',
    reasons: [],
    counts: { delayed: 0, beforeDue: 0 },
    examples: { beforeDue: [] },
    latencies: { schedulingError: null },
  });
});

it('measures the error, and says what was early', () => {
  const parts = [delayed(1, 100), delayed(2, 100), deliver(1).at(96), deliver(2).at(110)];
  const report = judge(scheduling, queue, ...parts);
  expect(report.latencies?.schedulingError).toMatchObject({ p50: 0, max: 10, mean: 5 });
  expect(report.reasons).toEqual(['1 delayed message was delivered too early: push-1 came 4ms early']);
  expect(judge(scheduling, { ...queue, required: true }).reasons).toEqual(['no message with a delay was delivered']);
});
