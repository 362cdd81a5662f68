import type { Section } from '../../contracts/event.js';
import type { Forensics } from '../../contracts/forensics.js';
import type { Verdict } from '../../contracts/result.js';
import type { Timeline } from '../../contracts/timeline.js';

/** A case of a run that ended before the case did has no verdict. */
export type Outcome = Verdict | 'unfinished';

/** The order of the page: what needs a look comes first. */
export const OUTCOMES: readonly Outcome[] = [
  'failed',
  'errored',
  'unknown',
  'unfinished',
  'flaky',
  'passed',
  'skipped',
];

/** How many cases have their details in one element: what is read when one of them is opened. */
export const CASES_IN_BLOCK = 100;

/** What the page shows of a case once it is opened: one line of JSON. */
export interface CaseDetails {
  /** HTML, where too many cases come before it to have all of them in the page. */
  readonly body?: string;
  readonly attempts: readonly AttemptDetails[];
}

export interface AttemptDetails {
  readonly file: string;
  readonly durationMs: number | null;
  readonly sections: readonly SectionDetails[];
  readonly timeline?: Timeline;
  readonly forensics?: Forensics;
}

export interface SectionDetails {
  readonly section: Section;
  readonly steps: readonly StepEntry[];
}

export type StepEntry = StepDetails | DroppedSteps;

/** A field may be undefined as well as absent: there are many steps, and an object that is put together by parts costs five times as much. */
export interface StepDetails {
  /** Where something else names the step by it. */
  readonly key?: string | undefined;
  readonly title: string;
  readonly action: string;
  readonly id?: string | undefined;
  /** Which run of the step around it: `#7`, `branch1`. */
  readonly label?: string | undefined;
  /** Absent where it passed; null where it did not finish. */
  readonly verdict?: Exclude<Verdict, 'passed'> | null | undefined;
  /** Since the case began. */
  readonly atMs?: number | undefined;
  readonly durationMs?: number | undefined;
  /** Absent for one. */
  readonly runs?: number | undefined;
  readonly judged?: true | undefined;
  readonly background?: true | undefined;
  /** `9:5`, or with a file where it is another than the case's: `shared.yaml:9:5`. */
  readonly place: string;
  readonly reason?: string | undefined;
  /** The id of the element that tells its failure. */
  readonly failure?: string | undefined;
  readonly result?: unknown;
  readonly steps?: readonly StepEntry[] | undefined;
}

/** Iterations that were counted alone. */
export interface DroppedSteps {
  readonly dropped: Partial<Record<Verdict, number>>;
}
