import type { Frame, Mismatch } from './contracts/result.js';

/** A thing that the user's file or command line says wrong. Exit 3. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
  constructor(
    message: string,
    readonly details: { readonly frame?: Frame; readonly next?: string; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: details.cause });
  }
}

/** A server that could not be reached, prepared or used. Exit 4. The message names the address. */
export class TargetError extends Error {
  override readonly name = 'TargetError';
  constructor(
    message: string,
    readonly details: { readonly next?: string; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: details.cause });
  }
}

/** An error reply of the server: the command was definitely refused. */
export class ReplyError extends Error {
  override readonly name = 'ReplyError';
  /** `code` is the first word of the reply: `WRONGTYPE`, `ERR`. `message` is the rest. */
  constructor(
    readonly code: string,
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
  }
}

/** The reply never came: whether the command was applied is unknown, unless `sent` is false. */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown';
  constructor(
    /** `TIMEOUT` or `CONNECTION`. */
    readonly code: 'TIMEOUT' | 'CONNECTION',
    message: string,
    readonly sent: boolean,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
  }
}

/** A program under test that ended too early, or was not ready in time. */
export class ProgramError extends Error {
  override readonly name = 'ProgramError';
  constructor(
    readonly code: 'PROGRAM' | 'TIMEOUT',
    message: string,
    readonly next: string,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
  }
}

/** A step's or case's time limit struck. */
export class TimeLimitError extends Error {
  override readonly name = 'TimeLimitError';
  readonly code = 'TIMEOUT';
}

/** The run was told to end: Ctrl-C, a signal, `--bail`. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly code = 'INTERRUPTED';
  constructor(
    message: string,
    /** What the program is to exit with. */
    readonly exitCode: number,
  ) {
    super(message);
  }
}

/** A background step was asked to stop; what it had counted is its result. */
export class StopRequested extends Error {
  override readonly name = 'StopRequested';
  /** `because` nobody wants its result any more. */
  constructor(readonly because?: string) {
    super(because ?? 'the step was asked to stop');
  }
}

/** A judgement that did not hold. */
export class JudgementError extends Error {
  override readonly name = 'JudgementError';
  constructor(
    message: string,
    readonly details: {
      readonly code: 'MISMATCH' | 'ASSERTION' | 'GUARANTEE';
      readonly next?: string;
      /** What takes its time to find out: asked of a judgement that is told, not of each time that `within` looks. */
      readonly describe?: () => Promise<{
        readonly mismatches: readonly Mismatch[];
        readonly frame: Frame | undefined;
      }>;
    },
  ) {
    super(message);
  }
}

/** A judgement that could neither hold nor fail: what was seen proves nothing. */
export class UnprovenError extends Error {
  override readonly name = 'UnprovenError';
  readonly code = 'UNKNOWN';
  constructor(
    message: string,
    readonly details: { readonly next?: string } = {},
  ) {
    super(message);
  }
}

/** An expression that does not compile or cannot be evaluated. `offset` counts from the start of its source. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
  constructor(
    message: string,
    readonly source: string,
    readonly offset: number,
    readonly length: number,
    /** `frame` is its place in the user's file. */
    readonly details: { readonly next?: string; readonly frame?: Frame; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: details.cause });
  }
}

/** A step within the steps that an action ran did not pass; the verdict was reported where it arose. */
export class StepsFailed extends Error {
  override readonly name = 'StepsFailed';
  constructor(readonly verdict: 'failed' | 'errored' | 'unknown') {
    super('a step inside did not pass');
  }
}
