import type { CompiledStep, Poll, RetryPolicy, Scope } from '../contracts/case.js';
import { JudgementError, StopRequested, TimeLimitError } from '../errors.js';
import { formatDuration } from '../format/quantity.js';
import { isRetryable } from './failure.js';
import type { CaseSession } from './session.js';

const DEFAULT_LIMIT_MS = 10_000;

/** How often and how long a step's action may run. */
export interface AttemptPolicy {
  /** Of one run: its `timeout`, or the default on top of the time that its input declares; none for steps that run steps, and in the background. */
  readonly limitMs: number;
  readonly declaredMs: number;
  readonly within: Poll | undefined;
  readonly throughout: Poll | undefined;
  readonly retry: RetryPolicy | undefined;
}

export function attemptsOf(step: CompiledStep, names: Scope, declaredMs: number): AttemptPolicy {
  const timeoutMs = step.timeoutMs?.resolve(names);
  const unlimited = timeoutMs === undefined && (step.traits.flow === true || step.background);
  return {
    limitMs: unlimited ? Number.POSITIVE_INFINITY : (timeoutMs ?? DEFAULT_LIMIT_MS + declaredMs),
    declaredMs,
    within: step.within?.resolve(names),
    throughout: step.throughout?.resolve(names),
    retry: step.retry?.resolve(names),
  };
}

/** Runs an action as its modifiers ask, and gives the last result. */
export async function runAttempts(
  policy: AttemptPolicy,
  session: CaseSession,
  signal: AbortSignal,
  once: () => Promise<unknown>,
): Promise<unknown> {
  const { deadline } = session;
  const run = () => {
    deadline.extend(policy.declaredMs);
    return policy.retry ? retrying(policy.retry, session, signal, once) : once();
  };
  if (policy.within) return pollUntil(policy.within, session, signal, run);
  if (policy.throughout) return pollThroughout(policy.throughout, session, signal, run);
  return run();
}

/** On an error only, never on a mismatch. */
async function retrying(
  policy: RetryPolicy,
  { clock, deadline }: CaseSession,
  signal: AbortSignal,
  once: () => Promise<unknown>,
): Promise<unknown> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await once();
    } catch (error) {
      const last =
        attempt >= policy.attempts ||
        error instanceof JudgementError ||
        !isRetryable(error) ||
        error instanceof StopRequested;
      if (last || signal.aborted) throw error;
      const waitMs = delayBefore(policy, attempt);
      deadline.extend(waitMs);
      await clock.sleep(waitMs, signal);
    }
  }
}

function delayBefore({ backoff, delayMs, maxDelayMs }: RetryPolicy, attempt: number): number {
  switch (backoff) {
    case 'none':
      return 0;
    case 'constant':
      return Math.min(delayMs, maxDelayMs);
    case 'linear':
      return Math.min(delayMs * attempt, maxDelayMs);
    case 'exponential':
      return Math.min(delayMs * 2 ** (attempt - 1), maxDelayMs);
  }
}

/** An error meanwhile is a mismatch; at the end the last one is raised. */
async function pollUntil(
  poll: Poll,
  { clock, deadline }: CaseSession,
  signal: AbortSignal,
  run: () => Promise<unknown>,
): Promise<unknown> {
  deadline.extend(poll.forMs);
  const end = clock.now() + poll.forMs;
  for (let runs = 1, pauseMs = poll.firstMs; ; runs++, pauseMs = Math.min(2 * pauseMs, poll.everyMs)) {
    try {
      return await run();
    } catch (error) {
      const over = clock.now() >= end;
      if (signal.aborted || !isRetryable(error) || error instanceof StopRequested) throw error;
      if (over)
        throw withNote(error, `not within ${formatDuration(poll.forMs)}, in ${runs} ${runs === 1 ? 'run' : 'runs'}`);
    }
    // The last run is at the end of the time, however long the pauses are.
    await clock.sleep(Math.min(pauseMs, Math.max(1, end - clock.now())), signal);
  }
}

async function pollThroughout(
  poll: Poll,
  { clock, deadline }: CaseSession,
  signal: AbortSignal,
  run: () => Promise<unknown>,
): Promise<unknown> {
  deadline.extend(poll.forMs);
  const start = clock.now();
  for (let runs = 1; ; runs++) {
    let result: unknown;
    try {
      result = await run();
    } catch (error) {
      if (signal.aborted || error instanceof StopRequested) throw error;
      throw withNote(
        error,
        `in run ${runs}, ${formatDuration(clock.now() - start)} into ${formatDuration(poll.forMs)}`,
      );
    }
    const leftMs = poll.forMs - (clock.now() - start);
    if (leftMs <= 0) return result;
    await clock.sleep(Math.min(poll.everyMs, Math.max(1, leftMs)), signal);
  }
}

function withNote(error: unknown, note: string): unknown {
  if (error instanceof JudgementError) return new JudgementError(`${error.message} (${note})`, error.details);
  if (error instanceof TimeLimitError) return new TimeLimitError(`${error.message} (${note})`);
  return error;
}
