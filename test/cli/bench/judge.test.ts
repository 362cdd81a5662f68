import { expect, test } from 'vitest';
import { exitCodeOf, judgeRun } from '../../../src/cli/bench/judge.js';
import type { BenchRun } from '../../../src/cli/bench/record.js';
import type { Verdict } from '../../../src/contracts/result.js';
import type { LoadResult } from '../../../src/steps/load/result.js';

/** What is looked at of a result, of a thousand operations. */
const resultOf = (changed: Partial<LoadResult>): LoadResult => {
  const { errors = 0, unknown = 0 } = changed;
  const operations = 1_000 - unknown;
  const seen = { operations, errors, unknown, errorsByCode: {}, achievedRate: null, disconnects: 0, ...changed };
  return { errorRate: (errors + unknown) / 1_000, ...seen } as LoadResult; // the rest is not read
};

test.each<[verdict: Verdict, changed: Partial<LoadResult>, allowed: number, judged: Verdict, reason: string | null]>([
  ['passed', {}, 0, 'passed', null],
  [
    'passed',
    { errors: 30, errorsByCode: { OOM: 10, WRONGTYPE: 20 } },
    0,
    'failed',
    '30 errors (OOM 10, WRONGTYPE 20), of 1,000 operations',
  ],
  ['passed', { errors: 30, errorsByCode: { OOM: 30 } }, 0.03, 'passed', null],
  ['passed', { unknown: 50 }, 0.03, 'failed', '50 operations without an answer, of 1,000 operations'],
  [
    'unknown',
    { unknown: 50, errors: 1, errorsByCode: { ERR: 1 }, achievedRate: 9 },
    0,
    'failed',
    '1 error (ERR 1) and 50 operations without an answer, of 1,000 operations',
  ],
  // What still waited when the time of an overload was over is no error of the server's; a broken connection is.
  ['unknown', { unknown: 50, achievedRate: 9 }, 0, 'unknown', null],
  [
    'unknown',
    { unknown: 50, achievedRate: 9, disconnects: 1 },
    0,
    'failed',
    '50 operations without an answer, of 1,000 operations',
  ],
  ['unknown', { unknown: 1_000 }, 0, 'failed', '1,000 operations without an answer, of 1,000 operations'],
])('%s with %j, %j allowed', (verdict, changed, allowed, judged, reason) => {
  const result = resultOf(changed);
  expect(judgeRun({ verdict, reason: null, result }, allowed)).toEqual({ verdict: judged, reason, result });
});

test('a load that was not begun stays what it is', () => {
  const measured = { verdict: 'failed', reason: 'before the load: OOM', result: null } as const;
  expect(judgeRun(measured, 1)).toBe(measured);
});

test('replies that were still to come when a load was cut short are no errors', () => {
  const result = resultOf({ unknown: 50 });
  const measured = { verdict: 'unknown', reason: 'cut short after 2s', result, cutShort: true } as const;
  expect(judgeRun(measured, 0)).toBe(measured);
});

test.each<[verdicts: readonly Verdict[], exitCode: number]>([
  [['passed', 'passed'], 0],
  [['passed', 'unknown'], 2],
  [['unknown', 'failed'], 1],
  [[], 2],
])('%j is exit code %i', (verdicts, exitCode) => {
  const runs = verdicts.map((verdict): BenchRun => {
    return { load: 'set', target: 0, round: 1, rate: null, verdict, reason: null, result: null };
  });
  expect(exitCodeOf(runs, { sweep: false })).toBe(exitCode);
});
