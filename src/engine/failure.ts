import type { Expectation } from '../contracts/case.js';
import type { Failure, FailureMismatch, Frame, Mismatch } from '../contracts/result.js';
import {
  ExpressionError,
  Interrupted,
  JudgementError,
  OutcomeUnknown,
  ProgramError,
  ReplyError,
  ScenarioError,
  StepsFailed,
  TargetError,
  TimeLimitError,
  UnprovenError,
} from '../errors.js';
import { formatPath } from '../format/path.js';
import { encodeValue } from './encode.js';

/** What went wrong in a step: its verdict, and why, unless a step inside has told that already. */
export interface Problem {
  readonly verdict: 'failed' | 'errored' | 'unknown';
  readonly failure?: Failure;
}

/** The error's code as `expectError` sees it. */
export function codeOf(error: unknown): string {
  if (
    error instanceof ReplyError ||
    error instanceof OutcomeUnknown ||
    error instanceof ProgramError ||
    error instanceof TimeLimitError ||
    error instanceof Interrupted
  )
    return error.code;
  if (error instanceof TargetError) return 'CONNECTION';
  if (error instanceof ExpressionError) return 'EXPRESSION';
  if (error instanceof ScenarioError) return 'INPUT';
  if (error instanceof JudgementError) return error.details.code;
  if (error instanceof UnprovenError) return error.code;
  return 'INTERNAL';
}

/** True for what a retry or a poll may try again; mistakes in the file would only repeat themselves. */
export const isRetryable = (error: unknown): boolean =>
  !(
    error instanceof ExpressionError ||
    error instanceof ScenarioError ||
    error instanceof StepsFailed ||
    error instanceof Interrupted
  );

export async function problemOf(error: unknown, frame: Frame, soFar?: unknown): Promise<Problem> {
  const counted = soFar === undefined ? {} : { soFar: encodeValue(soFar) };
  const message = error instanceof Error ? error.message : String(error);
  const code = codeOf(error);
  if (error instanceof StepsFailed) return { verdict: error.verdict };
  if (error instanceof JudgementError) {
    const { next, describe } = error.details;
    const { frame: place = frame, mismatches } = (await describe?.()) ?? {};
    return {
      verdict: 'failed',
      failure: { message, code, frame: place, ...counted, ...(next && { next }), ...(mismatches && { mismatches }) },
    };
  }
  if (error instanceof UnprovenError) {
    const { next } = error.details;
    return { verdict: 'unknown', failure: { message, code, frame, ...(next && { next }) } };
  }
  if (error instanceof ReplyError) {
    return {
      verdict: 'failed',
      failure: { message: `${code} ${message}`, code, frame, ...counted, next: nextForReply(code) },
    };
  }
  if (error instanceof ProgramError) {
    return { verdict: 'failed', failure: { message, code, frame, ...counted, next: error.next } };
  }
  if (code === 'TIMEOUT') {
    return {
      verdict: 'failed',
      failure: {
        message,
        code,
        frame,
        ...counted,
        next: 'see what it counted so far; give it more time by `timeout:`, or look at what it waits for',
      },
    };
  }
  const next =
    error instanceof ScenarioError || error instanceof TargetError || error instanceof ExpressionError
      ? error.details.next
      : error instanceof OutcomeUnknown && !error.sent
        ? 'see whether the server still answers: `redrill doctor` says what stands in the way'
        : undefined;
  const place =
    error instanceof ScenarioError || error instanceof ExpressionError ? (error.details.frame ?? frame) : frame;
  const text = code === 'INTERNAL' && error instanceof Error ? `${error.name}: ${message}` : message;
  return { verdict: 'errored', failure: { message: text, code, frame: place, ...counted, ...(next && { next }) } };
}

const REPLY_ADVICE: Readonly<Record<string, string>> = {
  WRONGTYPE: 'the key holds another type: see which step wrote it first',
  NOGROUP: 'make the consumer group first, with stream.group',
  BUSYGROUP: 'the consumer group is already there',
  NOSCRIPT: 'use EVAL, or the `script` action, which loads the script itself',
  NOPERM: "the user's ACL does not allow this command or key",
  NOAUTH: 'put the password into the URL',
  OOM: 'the server is at its maxmemory, and its policy evicts nothing',
  READONLY: 'this is a replica: use the address of the primary',
  MOVED: 'the server is a cluster',
  CROSSSLOT: 'use `keys: isolated`, or a hash tag in the names',
};

const nextForReply = (code: string): string =>
  REPLY_ADVICE[code] ?? 'if this error is what should happen, say so with `expectError`';

/** The error of an expectation that did not hold, with each mismatch's place in the file and its difference. */
export function mismatchError(
  mismatches: readonly Mismatch[],
  expectation: Expectation,
  { what = 'the result', next }: { readonly what?: string; readonly next?: string | undefined } = {},
): JudgementError {
  const [first] = mismatches;
  const where = first && first.path.length > 0 ? ` at ${formatPath(first.path)}` : '';
  const more =
    mismatches.length > 1
      ? ` and in ${mismatches.length - 1} more ${mismatches.length === 2 ? 'place' : 'places'}`
      : '';
  return new JudgementError(`${what} is not as expected${where}${more}`, {
    code: 'MISMATCH',
    ...(next !== undefined && { next }),
    describe: async () => ({
      mismatches: await Promise.all(mismatches.slice(0, SHOWN).map((mismatch) => describe(mismatch, expectation))),
      frame: first && expectation.locate(first.expectationPath),
    }),
  });
}

const SHOWN = 20;

async function describe(mismatch: Mismatch, expectation: Expectation): Promise<FailureMismatch> {
  const { lines: _, startLine: __, ...location } = expectation.locate(mismatch.expectationPath);
  const structured =
    typeof mismatch.actual === 'object' || (typeof mismatch.actual === 'string' && mismatch.actual.includes('\n'));
  const difference = structured && mismatch.actual !== undefined ? await differenceOf(mismatch) : undefined;
  const unit = typeof mismatch.actual === 'number' ? expectation.unitAt(mismatch.expectationPath) : undefined;
  return {
    ...mismatch,
    expectedValue: encodeValue(mismatch.expectedValue),
    actual: mismatch.actual === undefined ? undefined : encodeValue(mismatch.actual),
    location,
    ...(unit !== undefined && { unit }),
    ...(difference !== undefined && { difference }),
  };
}

async function differenceOf(mismatch: Mismatch): Promise<string | undefined> {
  const { formatDifference } = await import('../format/difference.js');
  return formatDifference(mismatch.expectedValue, mismatch.actual);
}
