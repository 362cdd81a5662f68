import { expect, test } from 'vitest';
import type { CaseFinished, RunEvent } from '../../src/contracts/event.js';
import type { Verdict } from '../../src/contracts/result.js';
import { runAttempts } from '../../src/engine/retry.js';

const reference = { id: 'a.yaml#a', name: 'a', file: 'a.yaml' };
const location = { file: 'a.yaml', line: 1, column: 1, endLine: 2, endColumn: 1 };
const common = { time: 0, case: reference, location, tags: [] };
const started: RunEvent = { type: 'case.started', ...common, matrix: {}, seed: 1, namespace: '' };

interface Told {
  readonly verdict: Verdict;
  readonly events: readonly RunEvent[];
}

/** Runs a case whose attempts come to these verdicts, the last of them again and again. */
async function attempts(verdicts: readonly Verdict[], retries: number, signal = new AbortController().signal) {
  const events: RunEvent[] = [];
  const verdict = await runAttempts({ retries, signal, emit: (event) => events.push(event) }, async (attempt, emit) => {
    const outcome = verdicts[attempt - 1] ?? verdicts.at(-1)!;
    emit(started);
    const reason = `attempt ${attempt}`;
    emit({ type: 'case.finished', ...common, verdict: outcome, durationMs: attempt, judgements: 1, reason });
    return outcome;
  });
  return { verdict, events } satisfies Told;
}

const finished = ({ events }: Told): CaseFinished => {
  const last = events.at(-1);
  if (last?.type !== 'case.finished') throw new Error('the case did not finish');
  return last;
};

test.each<[verdicts: Verdict[], retries: number, verdict: Verdict, attempts: number, reason: string]>([
  [['passed'], 0, 'passed', 1, 'attempt 1'],
  [['passed'], 3, 'passed', 1, 'attempt 1'],
  [['skipped'], 3, 'skipped', 1, 'attempt 1'],
  [['failed'], 0, 'failed', 1, 'attempt 1'],
  [['failed', 'passed'], 0, 'failed', 1, 'attempt 1'],
  [['failed', 'passed'], 1, 'flaky', 2, 'attempt 1'],
  [['errored', 'passed'], 1, 'flaky', 2, 'attempt 1'],
  [['unknown', 'failed', 'passed'], 5, 'flaky', 3, 'attempt 2'],
  [['failed', 'failed', 'passed'], 1, 'failed', 2, 'attempt 1'],
  [['failed', 'unknown'], 2, 'failed', 3, 'attempt 1'],
  [['unknown', 'errored'], 1, 'errored', 2, 'attempt 2'],
  [['failed', 'skipped'], 3, 'failed', 2, 'attempt 1'],
])('%j with %i retries is %s after %i attempts', async (verdicts, retries, verdict, count, reason) => {
  const told = await attempts(verdicts, retries);
  const end = finished(told);
  expect([told.verdict, end.verdict, end.reason, end.durationMs]).toEqual([verdict, verdict, reason, count]);
  expect(told.events.filter(({ type }) => type === 'case.started')).toHaveLength(count);
  expect(told.events.filter(({ type }) => type === 'case.retried')).toHaveLength(count - 1);
  expect(end.attempts?.length ?? 1).toBe(count);
});

test('each attempt is told of, and a first one looks as it does without retries', async () => {
  const { events } = await attempts(['failed', 'passed'], 1);
  expect(events[0]).toBe(started);
  const outcomes = [
    { verdict: 'failed', durationMs: 1, judgements: 1, reason: 'attempt 1' },
    { verdict: 'passed', durationMs: 2, judgements: 1, reason: 'attempt 2' },
  ];
  expect(events.slice(1)).toEqual([
    { type: 'case.retried', ...common, ...outcomes[0], attempt: 1 },
    { ...started, attempt: 2 },
    { type: 'case.finished', ...common, ...outcomes[1], verdict: 'flaky', reason: 'attempt 1', attempts: outcomes },
  ]);
});

test('a run that is ended tries no further', async () => {
  const { verdict, events } = await attempts(['errored', 'passed'], 3, AbortSignal.abort());
  expect([verdict, events.length]).toEqual(['errored', 2]);
});
