import type { CaseAttempt, CaseFinished, RunEvent } from '../contracts/event.js';
import { isGreen, type Verdict, worstVerdict } from '../contracts/result.js';

export interface RetryOptions {
  /** How often a case may run again. */
  readonly retries: number;
  readonly signal: AbortSignal;
  readonly emit: (event: RunEvent) => void;
}

/** One attempt of a case tells of itself as though it were the only one. */
export type RunAttempt = (attempt: number, emit: (event: RunEvent) => void) => Promise<Verdict>;

/** Runs a case until it passes, a bounded number of times, and tells of all attempts as one case. */
export async function runAttempts({ retries, signal, emit }: RetryOptions, run: RunAttempt): Promise<Verdict> {
  const ended: CaseAttempt[] = [];
  for (let attempt = 1; ; attempt++) {
    let last: CaseFinished | undefined;
    const verdict = await run(attempt, (event) => {
      if (event.type === 'case.finished') last = event;
      else emit(event.type === 'case.started' && attempt > 1 ? { ...event, attempt } : event);
    });
    if (!last) return verdict;
    ended.push(attemptOf(last));
    if (isGreen(verdict) || attempt > retries || signal.aborted) return finish(last, ended, emit);
    emit({ ...last, type: 'case.retried', attempt });
  }
}

function finish(last: CaseFinished, attempts: readonly CaseAttempt[], emit: RetryOptions['emit']): Verdict {
  if (attempts.length === 1) {
    emit(last);
    return last.verdict;
  }
  const worst = worstVerdict(attempts.map(({ verdict }) => verdict));
  const verdict = last.verdict === 'passed' ? 'flaky' : worst;
  const { reason: _reason, failure: _failure, ...rest } = last;
  const { reason, failure } = attempts.find((attempt) => attempt.verdict === worst) ?? last;
  emit({ ...rest, verdict, ...(reason !== undefined && { reason }), ...(failure && { failure }), attempts });
  return verdict;
}

const attemptOf = ({ verdict, durationMs, judgements, reason, failure }: CaseFinished): CaseAttempt => ({
  verdict,
  durationMs,
  judgements,
  ...(reason !== undefined && { reason }),
  ...(failure && { failure }),
});
