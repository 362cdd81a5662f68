import { expect, test } from 'vitest';
import { exitCodeOf } from '../../../src/cli/bench/judge.js';
import type { BenchRun } from '../../../src/cli/bench/record.js';
import { sweepOf } from '../../../src/cli/bench/sweep.js';
import type { LoadResult } from '../../../src/steps/load/result.js';

type Step = readonly [rate: number, p99: number, verdict?: BenchRun['verdict']];

/** Of a result only its p99 is looked at. */
const runsOf = (...steps: readonly Step[]): BenchRun[] =>
  steps.map(([rate, p99, verdict = 'passed']) => ({
    load: 'get',
    target: 0,
    round: 1,
    rate,
    verdict,
    reason: null,
    result: { latency: { p99 } } as LoadResult,
  }));

test.each<[steps: readonly Step[], held: number | null, notHeld: number | null, knee: number | null, exitCode: number]>(
  [
    [[[1_000, 1, 'unknown']], null, 1_000, null, 2],
    [[[1_000, 1, 'failed']], null, 1_000, null, 1],
    [
      [
        [1_000, 1],
        [2_000, 1, 'failed'],
      ],
      1_000,
      2_000,
      1_000,
      1,
    ],
    [
      [
        [1_000, 1],
        [2_000, 1],
        [4_000, 1],
      ],
      4_000,
      null,
      4_000,
      0,
    ],
    // Latency may grow, as long as it grows less than the rate does.
    [
      [
        [1_000, 1],
        [2_000, 1.5],
        [4_000, 2.5],
        [8_000, 9],
        [16_000, 50, 'unknown'],
      ],
      8_000,
      16_000,
      4_000,
      0,
    ],
    // One step that a stall made slow is not taken for the knee.
    [
      [
        [1_000, 1],
        [2_000, 8],
        [4_000, 1],
        [8_000, 20],
      ],
      8_000,
      null,
      4_000,
      0,
    ],
    [
      [
        [1_000, 1],
        [2_000, 2],
      ],
      2_000,
      null,
      1_000,
      0,
    ],
  ],
)('a sweep of %j', (steps, held, notHeld, knee, exitCode) => {
  const runs = runsOf(...steps);
  expect(sweepOf('get', runs)).toEqual({ load: 'get', held, notHeld, knee });
  expect(exitCodeOf(runs, { sweep: true })).toBe(exitCode);
});
