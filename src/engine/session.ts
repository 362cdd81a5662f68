import type { CompiledCase } from '../contracts/case.js';
import type { CaseReference, RunEvent, Section, StepReference } from '../contracts/event.js';
import type { Matcher } from '../contracts/matcher.js';
import type { Connection, Connections, Namespace } from '../contracts/redis.js';
import type { Failure, Verdict } from '../contracts/result.js';
import type { Clock, Random } from '../contracts/step.js';
import type { Target } from '../contracts/target.js';
import type { CaseRecorder } from '../history/recorder.js';
import type { LoadCheckers } from './check.js';
import type { Deadline } from './clock.js';
import type { Debugger } from './debug.js';
import type { ProgressBoard } from './progress.js';
import { RunningSteps } from './running.js';
import type { TimelineNotes } from './timeline.js';

export type LoadMatchers = (names: Iterable<string>) => Promise<ReadonlyMap<string, Matcher>>;

/** What one case has while it runs, and what it has come to so far. */
export class CaseSession {
  readonly running = new RunningSteps();
  readonly verdicts: Verdict[] = [];
  judgements = 0;
  /** There where somebody wants it. */
  timeline: TimelineNotes | undefined;
  progress: ProgressBoard | undefined;
  debug: Debugger | undefined;
  firstFailure: { readonly failure: Failure; readonly step: StepReference } | undefined;
  readonly #states = new Map<string, unknown>();

  constructor(
    readonly compiled: CompiledCase,
    readonly reference: CaseReference,
    readonly clock: Clock,
    readonly random: Random,
    readonly connections: Connections,
    readonly redis: Connection,
    readonly namespace: Namespace,
    readonly target: Target,
    readonly history: CaseRecorder,
    readonly deadline: Deadline,
    readonly loadMatchers: LoadMatchers,
    readonly loadCheckers: LoadCheckers,
    readonly emit: (event: RunEvent) => void,
  ) {}

  state<T>(name: string, create: () => T): T {
    if (!this.#states.has(name)) this.#states.set(name, create());
    return this.#states.get(name) as T; // made by the same area, under the same name
  }

  /** Counts a step. Diagnostics of `catch` are shown and change nothing. */
  count(section: Section, verdict: Verdict, judged: boolean, step: StepReference, failure: Failure | undefined): void {
    if (section === 'catch') return;
    this.verdicts.push(verdict);
    if (judged) this.judgements++;
    if (failure && !this.firstFailure) this.firstFailure = { failure, step };
  }
}

/** Where a list of steps stands in its case. */
export interface Place {
  readonly section: Section;
  /** Prefix of its steps' keys. */
  readonly prefix: string;
  readonly parent: string | null;
  readonly signal: AbortSignal;
  /** Instead of the shared connection. */
  readonly redis?: Connection;
}
