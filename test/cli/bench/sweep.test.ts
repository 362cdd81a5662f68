import { describe, expect, test } from 'vitest';
import { exitCodeOf } from '../../../src/cli/bench/judge.js';
import type { BenchRecord, BenchRun } from '../../../src/cli/bench/record.js';
import { renderBench } from '../../../src/cli/bench/render.js';
import { sweepOf } from '../../../src/cli/bench/sweep.js';
import type { LoadResult } from '../../../src/steps/load/result.js';

type Step = readonly [rate: number, p99: number, verdict?: BenchRun['verdict']];

/** What is looked at of a result. */
const runsOf = (...steps: readonly Step[]): BenchRun[] =>
  steps.map(([rate, p99, verdict = 'passed']) => ({
    load: 'get',
    target: 0,
    round: 1,
    rate,
    verdict,
    reason: null,
    result: {
      throughput: rate,
      errors: 0,
      unknown: 0,
      latency: { p99 },
      commands: [],
      server: null,
    } as unknown as LoadResult,
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
      // Past the last rate that was tried nobody looked.
      null,
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

describe('what is told of one', () => {
  const RATES = [1_000, 2_000, 4_000];
  const text = (runs: readonly BenchRun[], ended: string | null = null): string =>
    renderBench({
      targets: [{ settings: { rates: RATES } }],
      runs,
      sweeps: [sweepOf('get', runs)],
      comparisons: [],
      ended,
    } as unknown as BenchRecord) // the heading is not looked at
      .split('\n')
      .slice(2, -3)
      .join('\n');
  const steps = runsOf([1_000, 1], [2_000, 8], [4_000, 2]);
  const cutShort = (run: BenchRun): BenchRun => ({ ...run, verdict: 'unknown', cutShort: true });

  test('that held every rate, the last with the least latency for its rate', () => {
    expect(text(steps)).toMatchInlineSnapshot(`
      "
       get at  throughput  errors    p99
      1,000/s     1,000/s       0  1.000
      2,000/s     2,000/s       0  8.000
      4,000/s     4,000/s       0  2.000
      4,000/s was held, the last rate asked for; no knee up to there"
    `);
  });

  test('that held every rate, with a knee before', () => {
    expect(text(runsOf([1_000, 1], [2_000, 1], [4_000, 8]))).toMatchInlineSnapshot(`
      "
       get at  throughput  errors    p99
      1,000/s     1,000/s       0  1.000
      2,000/s     2,000/s       0  1.000  ← knee
      4,000/s     4,000/s       0  8.000
      4,000/s was held, the last rate asked for; knee at 2,000/s: there, rate over p99 is the highest"
    `);
  });

  test('that was interrupted', () => {
    const [first, second, third] = steps as [BenchRun, BenchRun, BenchRun];
    const interrupted = (...runs: readonly BenchRun[]) => text(runs, 'interrupted by SIGINT').split('\n\n')[0];
    expect(interrupted(cutShort(first))).toMatchInlineSnapshot(`
      "
       get at  throughput  errors    p99
      1,000/s     1,000/s       0  1.000
      no rate was held by then: interrupted by SIGINT"
    `);
    expect(interrupted(first, cutShort(second))).toMatchInlineSnapshot(`
      "
       get at  throughput  errors    p99
      1,000/s     1,000/s       0  1.000
      2,000/s     2,000/s       0  8.000
      1,000/s was held, then it ended: interrupted by SIGINT; no knee up to there"
    `);
    expect(interrupted(first, second, cutShort(third))).toMatchInlineSnapshot(`
      "
       get at  throughput  errors    p99
      1,000/s     1,000/s       0  1.000  ← knee
      2,000/s     2,000/s       0  8.000
      4,000/s     4,000/s       0  2.000
      2,000/s was held, then it ended: interrupted by SIGINT; knee so far at 1,000/s: there, rate over p99 is the highest"
    `);
  });
});
