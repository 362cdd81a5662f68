import { expect, test } from 'vitest';
import type { LoadInput } from '../../../src/steps/load/input.js';
import { judgeLoad } from '../../../src/steps/load/judge.js';
import type { LoadResult } from '../../../src/steps/load/result.js';
import { askedRate, declaredTime } from '../../../src/steps/load/stages.js';
import { loadInput } from './input.js';

const result = (more: Partial<LoadResult>): LoadResult => ({
  operations: 10_000,
  throughput: 1_000,
  errors: 0,
  errorRate: 0,
  errorsByCode: {},
  unknown: 0,
  unsent: 0,
  latency: null,
  achievedRate: null,
  lag: null,
  late: 0,
  replies: {},
  commands: [],
  series: [],
  nodes: {},
  redirected: 0,
  disconnects: 0,
  server: null,
  duration: 10_000,
  aborted: false,
  ...more,
});

const seconds = (...operations: readonly number[]): LoadResult['series'] =>
  operations.map((operations, second) => ({ second, operations, errors: 0, unknown: 0, latency: null }));

const JUDGEMENTS: readonly (readonly [
  what: string,
  result: Partial<LoadResult>,
  input: Partial<LoadInput>,
  message: string | undefined,
])[] = [
  ['without a rate nothing has to be held', {}, { for: 10_000 }, undefined],
  [
    'the server went away and did not come back',
    { disconnects: 5, series: seconds(40_614, 4_694, 0, 0) },
    { for: 4_000 },
    'no operation was answered in the last 2 seconds, after 5 connections broke',
  ],
  ['it came back', { disconnects: 5, series: seconds(40_614, 0, 1) }, { for: 3_000 }, undefined],
  ['a command that takes long', { series: seconds(5, 0, 0) }, { for: 3_000 }, undefined],
  ['nothing was answered', { operations: 0, unknown: 50 }, { for: 10_000 }, 'no operation was answered'],
  ['the rate was held', { achievedRate: 1_000 }, { for: 10_000, rate: 1_000 }, undefined],
  ['a stall at the end is no matter', { achievedRate: 982, late: 190 }, { for: 10_000, rate: 1_000 }, undefined],
  [
    'the generator was too slow',
    { achievedRate: 950, late: 520 },
    { for: 10_000, rate: 1_000 },
    'the rate was not held: 950/s instead of 1,000/s',
  ],
  [
    'the clients were busy',
    { operations: 9_000, unsent: 1_000, achievedRate: 900, late: 1_000 },
    { for: 10_000, rate: 1_000 },
    'the rate was not held: 1,000 of 10,000 operations were due and never sent, because all clients were waiting for replies',
  ],
  [
    'the server went away at a rate',
    { operations: 9_000, unsent: 1_000, achievedRate: 900, late: 1_000, disconnects: 50 },
    { for: 10_000, rate: 1_000 },
    'the rate was not held: 1,000 of 10,000 operations were due and never sent, because 50 connections broke',
  ],
  [
    'the mean of the stages was not held',
    { operations: 1_500, achievedRate: 100, late: 5_000 },
    {
      stages: [
        { for: 5_000, rate: 200 },
        { for: 5_000, from: 0, rate: 200 },
      ],
    },
    'the rate was not held: 100/s instead of 150/s',
  ],
  [
    'there were too many errors',
    { aborted: true, errorRate: 0.1234, duration: 5_021.7, errorsByCode: { OOM: 1_200, WRONGTYPE: 30 }, unknown: 4 },
    { for: 10_000, abortOn: { errorRate: { $gt: 0.05 }, after: 5_000 } },
    '12.3% of the operations were errors after 5.02s (OOM 1,200, WRONGTYPE 30, without an answer 4), more than 5%: the load was ended',
  ],
];

test.each(JUDGEMENTS)('%s', (_, found, input, message) => {
  const judgement = judgeLoad(result(found), loadInput({ mix: [], ...input }));
  expect(judgement && 'message' in judgement ? judgement.message : undefined).toBe(message);
});

test.each<[Partial<LoadInput>, time: number, rate: number | undefined]>([
  [{ for: 5_000 }, 5_000, undefined],
  [{ for: 5_000, warmup: 1_000, rate: 10 }, 6_000, 10],
  [{ count: 500, rate: 100 }, 5_000, 100],
  [{ count: 500 }, 0, undefined],
  [
    {
      stages: [
        { for: 1_000, from: 0, rate: 100 },
        { for: 3_000, rate: 100 },
      ],
    },
    4_000,
    87.5,
  ],
  [{ warmup: 1_000, stages: [{ for: 1_000, from: 50, rate: 150 }] }, 2_000, 75],
])('%j takes %d ms', (input, time, rate) => {
  const whole = loadInput({ mix: [], ...input });
  expect([declaredTime(whole), askedRate(whole)]).toEqual([time, rate]);
});
