import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Checker, CheckReport } from '../../src/contracts/checker.js';
import { runChecks } from '../../src/engine/check.js';
import { createRecorder } from '../../src/history/recorder.js';

const REPORT: CheckReport = { verdict: 'passed', reasons: [], counts: {}, examples: {} };
const PIECES = 20;
const PIECE_MS = 10;
const EVENTS_OF_PIECE = 1_000;

/** Takes its time for every thousandth event, and for its report. */
const slow: Checker = {
  name: 'slow',
  summary: '',
  definition: '',
  start: () => {
    let seen = 0;
    return {
      see() {
        if (++seen % EVENTS_OF_PIECE === 0) work();
      },
      report() {
        work();
        return REPORT;
      },
    };
  },
};

function work(): void {
  const end = performance.now() + PIECE_MS;
  while (performance.now() < end);
}

const REQUESTS = Array.from({ length: 3 }, () => ({ checker: 'slow', options: {} }));
const EVENT = { phase: 'ok', operation: 'push', target: 'q', time: 0, process: 1, attempt: 0, actor: 'a' } as const;

function longHistory() {
  const recorder = createRecorder();
  for (let number = 0; number < PIECES * EVENTS_OF_PIECE; number++) {
    recorder.record({ ...EVENT, message: `a-${number}` });
  }
  return recorder;
}

test('a long judgement gives way to everybody else again and again, while it reads and while it reports', async () => {
  using recorder = longHistory();
  let isOver = false;
  let turns = 0;
  const others = (async () => {
    for (; !isOver; turns++) await setImmediate();
  })();
  const reports = await runChecks(recorder.view(), REQUESTS, async () => new Map([['slow', slow]]));
  isOver = true;
  await others;
  expect(reports).toEqual([REPORT, REPORT, REPORT]);
  expect(turns).toBeGreaterThanOrEqual(PIECES + REQUESTS.length - 1);
});

test('a judgement whose step ends is left off', async () => {
  using recorder = longHistory();
  const ended = new AbortController();
  const reason = new Error('the step has ended');
  const checking = runChecks(recorder.view(), REQUESTS, async () => new Map([['slow', slow]]), ended.signal);
  ended.abort(reason);
  await expect(checking).rejects.toBe(reason);
});
