import { expect, test } from 'vitest';
import type { RunFinished } from '../../src/contracts/event.js';
import type { Verdict } from '../../src/contracts/result.js';
import { verdictOfRun } from '../../src/reporters/verdict.js';

const none = { failed: 0, errored: 0, unknown: 0, flaky: 0, passed: 0, skipped: 0 };
const run = (verdict: Verdict, exitCode: number): RunFinished => ({
  type: 'run.finished',
  time: 0,
  verdict,
  exitCode,
  durationMs: 1,
  cases: none,
  steps: none,
  judgements: 0,
});

test.each<[verdict: Verdict, exitCode: number, shown: Verdict]>([
  ['passed', 0, 'passed'],
  ['flaky', 0, 'flaky'],
  ['passed', 130, 'unknown'],
  ['skipped', 2, 'unknown'],
  // --strict
  ['flaky', 2, 'unknown'],
  ['passed', 2, 'unknown'],
  ['failed', 1, 'failed'],
  ['errored', 4, 'errored'],
])('a run that is %s and ends with %i is shown as %s', (verdict, exitCode, shown) => {
  expect(verdictOfRun(run(verdict, exitCode))).toBe(shown);
});
