import type { Section, TargetOption } from '../../contracts/event.js';
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
  /** Where too many cases come before it to have all of them in the page; `attempts` is HTML. */
  readonly body?: { readonly facts: CaseFacts; readonly attempts: string };
  readonly attempts: readonly AttemptDetails[];
}

/** What is to be known of a case, whatever became of it. */
export interface CaseFacts {
  readonly name: string;
  readonly file: string;
  /** `cache.yaml:9:5` */
  readonly place: string;
  /** What a command line names its server by. */
  readonly server?: TargetOption;
  readonly seed?: number;
  readonly judgements?: number;
  /** Of its row: axes with their values as text. */
  readonly matrix?: readonly (readonly [axis: string, value: string])[];
  readonly namespaces?: readonly string[];
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

export type StepEntry = StepDetails | PlainStep | DroppedSteps;

/** What most steps have, without its names: its title, its action, and what else StepDetails has of that name. */
export type PlainStep = readonly [
  title: string,
  action: string,
  place: string,
  atMs: number | null,
  durationMs: number,
  judged: 0 | 1,
  result?: unknown,
];

/** A field may be undefined as well as absent: an object that is put together by parts costs five times as much. */
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
