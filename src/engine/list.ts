import type { CompiledStep } from '../contracts/case.js';
import type { Verdict } from '../contracts/result.js';
import { StepsFailed, StopRequested } from '../errors.js';
import type { StepScope } from './scope.js';
import type { CaseSession, Place } from './session.js';
import { runStep, skipStep } from './step.js';

const stops = (verdict: Verdict): verdict is 'failed' | 'errored' | 'unknown' =>
  verdict === 'failed' || verdict === 'errored';

/** Runs steps in order; after one that did not pass the rest is skipped. Raises StepsFailed then, and StopRequested. */
export async function runList(
  steps: readonly CompiledStep[],
  scope: StepScope,
  place: Place,
  session: CaseSession,
): Promise<{ last: unknown }> {
  let last: unknown;
  let failed: 'failed' | 'errored' | 'unknown' | undefined;
  for (const step of steps) {
    if (failed) {
      skipStep(step, scope, place, session, 'an earlier step did not pass');
      continue;
    }
    const report = await runStep(step, scope, place, session);
    // The step around this list was stopped: what follows is not wanted.
    if (place.signal.reason instanceof StopRequested) throw place.signal.reason;
    last = report.result ?? last;
    if (stops(report.verdict) && !step.continueOnFailure) failed = report.verdict;
  }
  if (failed) throw new StepsFailed(failed);
  return { last };
}
