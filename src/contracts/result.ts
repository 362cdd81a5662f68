/**
 * Glossary.
 *
 * scenario   one YAML document: what a cache, channel, queue or stream must do
 * case       a scenario with one combination of its matrix; the unit that passes or fails
 * step       one action of a case with its modifiers
 * action     what a step does, named `area.verb`; implemented by a step unit
 * actor      something a step leaves running: subscribers, workers, a process
 * judgement  an `expect`, `expectError`, `assert`, `verify.*` or `always` that ran
 * verdict    what a step, a case or a run comes to
 * mismatch   one place where a result is not what a judgement asked for
 */

/** From worst to best; the worst of the parts is the verdict of the whole. */
export const VERDICTS = ['failed', 'errored', 'unknown', 'flaky', 'passed', 'skipped'] as const;

/**
 * failed: wrong answer · errored: could not run · unknown: ran, but proves nothing · flaky: passed only when it ran again,
 * of cases and runs alone · passed · skipped: with a reason.
 */
export type Verdict = (typeof VERDICTS)[number];

/** Nothing of the case speaks against a pass: none is run again for it, and none of them fails a run by itself. */
export const isGreen = (verdict: Verdict): boolean =>
  verdict === 'passed' || verdict === 'flaky' || verdict === 'skipped';

/** The worst verdict of several; `skipped` for none. */
export function worstVerdict(verdicts: Iterable<Verdict>): Verdict {
  let worst = VERDICTS.length - 1;
  for (const verdict of verdicts) worst = Math.min(worst, VERDICTS.indexOf(verdict));
  return VERDICTS[worst]!;
}

/** Keys and indexes from the top of a file, an input or a result down to one value. */
export type Path = readonly (string | number)[];

/** A place in a user's file. Lines and columns count from 1; the end is exclusive. */
export interface Location {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** The lines of the file around a location, so that a report can show them without the file. */
export interface Frame extends Location {
  readonly startLine: number;
  readonly lines: readonly string[];
}

/** One place where an actual value is not what was expected. */
export interface Mismatch {
  /** Where in the result. */
  readonly path: Path;
  /** Where in the expectation: the path plus the operators on the way. */
  readonly expectationPath: Path;
  /** `equal`, `missing`, `length`, or the operator (`$gt`). */
  readonly kind: string;
  /** What was asked, in words: `greater than 3`. */
  readonly expected: string;
  readonly expectedValue: unknown;
  /** Undefined when the path is missing. */
  readonly actual: unknown;
}

/** Why a step is not passed, complete enough for every reporter. */
export interface Failure {
  readonly message: string;
  /** The error's code: one of Redis's, `TIMEOUT`, `CONNECTION`, `PROGRAM`, `MISMATCH`, `ASSERTION`, `GUARANTEE`, `UNKNOWN`, `EXPRESSION` or `INTERNAL`. */
  readonly code: string;
  readonly frame?: Frame;
  readonly mismatches?: readonly FailureMismatch[];
  /** What to look at or do next. */
  readonly next?: string;
  /** What was counted before a time limit struck. */
  readonly soFar?: unknown;
  /** What went on when an invariant of `always` was found not to hold. */
  readonly surroundings?: Surroundings;
}

/** One moment of a case, as its report shows it. */
export interface Surroundings {
  /** Since the case began. */
  readonly atMs: number;
  /** The innermost steps that were running, the earliest first. */
  readonly running: readonly NearbyStep[];
  /** How many more were running. */
  readonly alsoRunning?: number;
  /** The last steps that had ended, the latest first. */
  readonly finished: readonly (NearbyStep & { readonly verdict: Verdict })[];
  /** The last that was recorded of messages, the latest first. */
  readonly history: readonly NearbyEvent[];
}

export interface NearbyStep {
  readonly key: string;
  readonly title: string;
  readonly location: Location;
  /** How long before that moment it began, or ended. */
  readonly agoMs: number;
}

export interface NearbyEvent {
  readonly agoMs: number;
  readonly phase: string;
  readonly operation: string;
  readonly target: string;
  readonly message: string;
  readonly attempt: number;
  readonly step: string;
  readonly actor: string;
}

/** A mismatch with its place in the file and a difference for values that are worth one. */
export interface FailureMismatch extends Mismatch {
  readonly location?: Location;
  /** Of the numbers: `ms`, `B` or `/s`. */
  readonly unit?: string;
  readonly difference?: string;
}
