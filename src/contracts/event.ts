import type { Forensics } from './forensics.js';
import type { Failure, Location, Verdict } from './result.js';
import type { Work } from './step.js';
import type { ServerFacts } from './target.js';
import type { Timeline } from './timeline.js';

/**
 * What the engine tells reporters: plain JSON, one object a line in `ndjson`.
 * `time` is milliseconds since the epoch, durations are milliseconds. Integers beyond 2^53 are `{ "integer": "…" }`.
 */
export type RunEvent =
  | RunStarted
  | TargetStarted
  | CaseStarted
  | StepStarted
  | StepProgress
  | StepFinished
  | CaseTimeline
  | CaseForensics
  | CaseRetried
  | CaseFinished
  | RunFinished;

export interface RunStarted {
  readonly type: 'run.started';
  readonly time: number;
  /** Of this event stream; raised when an event changes its meaning. */
  readonly format: 1;
  readonly redrill: string;
  readonly seed: number;
  /** Absent where there are several. */
  readonly target?: TargetDescription;
  /** Where there are several: every case runs on each, one target after the other. */
  readonly targets?: readonly NamedTarget[];
  /** How the command line chose them, in their order; absent where it left that to the configuration. */
  readonly chosen?: readonly TargetOption[];
  readonly files: number;
  /** On all targets together. */
  readonly cases: number;
  /** Where a skipped or flaky case is no pass. */
  readonly strict?: true;
  /** Where this is a part of a run (`--shard`). */
  readonly shard?: Shard;
}

/** `--url`, its password as `***`, or `--target`. */
export type TargetOption = { readonly url: string } | { readonly target: string };

export interface Shard {
  /** From 1 to `total`. */
  readonly index: number;
  readonly total: number;
  /** Of all shards together, on one target. */
  readonly cases: number;
  /** Digest of all cases and of which shard has which: the same in every shard of a run. */
  readonly plan: string;
}

/** As far as it is known: facts come with its server. */
export interface TargetDescription extends Partial<ServerFacts> {
  readonly kind: string;
  /** Without credentials. */
  readonly address: string;
}

export interface NamedTarget extends TargetDescription {
  readonly name: string;
}

/** The turn of one of several targets has come; the cases that start from now on are its own. */
export interface TargetStarted {
  readonly type: 'target.started';
  readonly time: number;
  readonly target: NamedTarget;
  /** Why none of its cases can run: each of them is errored. */
  readonly failure?: Failure;
}

/** How every event of a case names it. */
export interface CaseReference {
  /** Stable between runs: `file#scenario name[axis=value,…]`, and `@target` where there are several. */
  readonly id: string;
  /** The scenario's name, with the matrix values. */
  readonly name: string;
  readonly file: string;
  /** Name of the target, where there are several. */
  readonly target?: string;
}

export interface CaseStarted {
  readonly type: 'case.started';
  readonly time: number;
  readonly case: CaseReference;
  readonly location: Location;
  readonly tags: readonly string[];
  readonly matrix: Readonly<Record<string, unknown>>;
  readonly seed: number;
  readonly namespace: string;
  /** From 2 on; absent for the first. */
  readonly attempt?: number;
  /** Among all cases of the run, from 0, where this is a shard of it. */
  readonly place?: number;
}

export type Section = 'setup' | 'steps' | 'catch' | 'teardown' | 'always';

/** How every event of a step names it. */
export interface StepReference {
  /** Unique within its case and run: `steps.2`, `steps.2.branch1.0`, `steps.3#7.1` (iteration 7). */
  readonly key: string;
  /** The step around it, if any. */
  readonly parent: string | null;
  readonly section: Section;
  readonly id: string | null;
  readonly action: string;
  /** The line in the report. */
  readonly title: string;
  readonly location: Location;
  readonly background: boolean;
}

export interface StepStarted {
  readonly type: 'step.started';
  readonly time: number;
  readonly case: string;
  readonly step: StepReference;
}

/** How far a step is that takes a while: again and again, for a live report alone. It is in no saved stream. */
export interface StepProgress {
  readonly type: 'step.progress';
  readonly time: number;
  readonly case: string;
  /** Of the step. */
  readonly key: string;
  /** The time that its input asks for, where it asks for any. */
  readonly declaredMs: number;
  /** Absent where it counts nothing. */
  readonly work?: Work;
}

export interface StepFinished {
  readonly type: 'step.finished';
  readonly time: number;
  readonly case: string;
  readonly step: StepReference;
  readonly verdict: Verdict;
  readonly durationMs: number;
  /** How often the action ran (`within`, `throughout`, `retry`). */
  readonly runs: number;
  /** True when something judged its result. */
  readonly judged: boolean;
  /** Bounded; absent for a step that didn't finish. */
  readonly result?: unknown;
  /** Why it was skipped or is unknown. */
  readonly reason?: string;
  readonly failure?: Failure;
}

/** Before the end of a case that had messages or a load, where a report wants it. */
export interface CaseTimeline {
  readonly type: 'case.timeline';
  readonly time: number;
  readonly case: string;
  readonly timeline: Timeline;
}

/** Before the end of a case that failed, errored or is unknown. */
export interface CaseForensics {
  readonly type: 'case.forensics';
  readonly time: number;
  readonly case: string;
  readonly forensics: Forensics;
}

/** What one run of a case came to. */
export interface CaseAttempt {
  readonly verdict: Verdict;
  readonly durationMs: number;
  readonly judgements: number;
  /** Why it was skipped, is unknown, or could not start. */
  readonly reason?: string;
  /** What failed first, when it failed or could not run. */
  readonly failure?: Failure & { readonly step?: StepReference };
}

/**
 * A case did not pass and runs again (`--retry`): another `case.started` follows, and what was told of the case since the
 * last one belongs to the attempt that ends here.
 */
export interface CaseRetried extends CaseAttempt {
  readonly type: 'case.retried';
  readonly time: number;
  readonly case: CaseReference;
  readonly location: Location;
  readonly tags: readonly string[];
  /** Counts from 1. */
  readonly attempt: number;
}

/**
 * The end of a case, once for each. Where it ran again, `durationMs` and `judgements` are those of the last attempt, and
 * `reason` and `failure` those of the worst: of a flaky case, why it did not pass at first.
 */
export interface CaseFinished extends CaseAttempt {
  readonly type: 'case.finished';
  readonly time: number;
  readonly case: CaseReference;
  readonly location: Location;
  readonly tags: readonly string[];
  /** All of them in order, where there were several. */
  readonly attempts?: readonly CaseAttempt[];
}

export type VerdictCounts = Readonly<Record<Verdict, number>>;

export interface RunFinished {
  readonly type: 'run.finished';
  readonly time: number;
  readonly verdict: Verdict;
  readonly exitCode: number;
  readonly durationMs: number;
  readonly cases: VerdictCounts;
  /** Of all attempts, as the judgements are. */
  readonly steps: VerdictCounts;
  readonly judgements: number;
  /** Why the run ended before all cases ran (a signal, `--bail`, an unreachable target), or is no pass beside them. */
  readonly reason?: string;
}
