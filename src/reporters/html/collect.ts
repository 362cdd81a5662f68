import type {
  CaseAttempt,
  CaseFinished,
  CaseRetried,
  CaseStarted,
  RunEvent,
  RunFinished,
  RunStarted,
  StepFinished,
  StepStarted,
} from '../../contracts/event.js';
import type { Forensics } from '../../contracts/forensics.js';
import type { Timeline } from '../../contracts/timeline.js';
import { ComparisonCollector } from '../comparison.js';
import { attemptJson } from './details.js';
import { OUTCOMES, type Outcome } from './model.js';
import { AttemptSteps } from './steps.js';

const STEP_FAILURES_SHOWN = 10;

/** A case as the page lists it. */
export interface ListedCase {
  /** From 0 in the order in which they began. */
  readonly number: number;
  /** Of its element: `case-1` of the first that began. */
  readonly id: string;
  readonly outcome: Outcome;
  /** What names it, and says where it stands. */
  readonly named: CaseStarted | CaseFinished | CaseRetried;
  /** As it began at first; undefined where that was not told. */
  readonly started: CaseStarted | undefined;
  readonly finished: CaseFinished | undefined;
  /** In order; the last one where it did not run again. */
  readonly attempts: readonly Attempt[];
}

export interface Attempt {
  /** Steps that have a failure to tell of, the first few. */
  readonly failedSteps: StepFinished[];
  started?: CaseStarted;
  /** Undefined where the run ended before it. */
  ended?: CaseAttempt;
  /** What is shown once the case is opened, as JSON: what it is made of takes ten times as much memory. */
  details: string;
}

/** An attempt as far as it has come. */
export interface OpenAttempt {
  readonly steps: AttemptSteps;
  timeline?: Timeline;
  forensics?: Forensics;
}

interface Draft {
  readonly number: number;
  readonly id: string;
  readonly attempts: Attempt[];
  /** The last of the attempts, until it ends. */
  open: OpenAttempt | undefined;
  named?: ListedCase['named'];
  finished?: CaseFinished;
}

/** Keeps what the page shows of a run. */
export class HtmlCollector {
  started: RunStarted | undefined;
  finished: RunFinished | undefined;
  private readonly compared = new ComparisonCollector();
  private readonly drafts: Draft[] = [];
  /** Cases still running, by id. */
  private readonly running = new Map<string, Draft>();

  add(event: RunEvent): void {
    // Most events: nothing else is to be done with them.
    if (event.type === 'step.started') this.open(event.case).steps.start(event);
    else if (event.type === 'step.finished') this.addStep(event);
    else this.addRest(event);
  }

  private addRest(event: Exclude<RunEvent, StepStarted | StepFinished>): void {
    this.compared.add(event);
    switch (event.type) {
      case 'run.started':
        this.started = event;
        break;
      case 'target.started':
        break;
      case 'case.started':
        this.draft(event.case.id).named = event;
        this.attempt(event.case.id).started = event;
        break;
      case 'case.timeline':
        this.open(event.case).timeline = event.timeline;
        break;
      case 'case.forensics':
        this.open(event.case).forensics = event.forensics;
        break;
      case 'case.retried':
        this.endAttempt(event, event);
        this.draft(event.case.id).attempts.push(newAttempt());
        this.draft(event.case.id).open = newOpen();
        break;
      case 'case.finished':
        // Its own failure is that of the worst attempt.
        this.endAttempt(event, event.attempts?.at(-1) ?? event);
        this.draft(event.case.id).finished = event;
        this.running.delete(event.case.id);
        break;
      case 'run.finished':
        this.finished = event;
        break;
    }
  }

  get comparison() {
    return this.compared.comparison();
  }

  /** Cases that began. */
  get size(): number {
    return this.drafts.length;
  }

  /** In the order of the page: by verdict, file and line. */
  list(): readonly ListedCase[] {
    for (const draft of this.running.values()) if (draft.named) this.close(draft, draft.named);
    const cases = this.drafts.flatMap(({ named, ...draft }) => (named ? [{ named, ...draft }] : []));
    const files = new Map(
      [...new Set(cases.map(({ named }) => named.location.file))].map((file, index) => [file, index]),
    );
    const outcomeOf = ({ finished }: Pick<Draft, 'finished'>): Outcome => finished?.verdict ?? 'unfinished';
    const ranked = cases.map((draft) => {
      const { file, line } = draft.named.location;
      return { draft, outcome: OUTCOMES.indexOf(outcomeOf(draft)), file: files.get(file) ?? 0, line };
    });
    ranked.sort((a, b) => a.outcome - b.outcome || a.file - b.file || a.line - b.line);
    return ranked.map(({ draft }) => ({
      number: draft.number,
      id: draft.id,
      outcome: outcomeOf(draft),
      named: draft.named,
      started: draft.attempts[0]?.started,
      finished: draft.finished,
      attempts: draft.attempts,
    }));
  }

  private addStep(event: StepFinished): void {
    this.open(event.case).steps.finish(event);
    if (!event.failure) return;
    const { failedSteps } = this.attempt(event.case);
    if (failedSteps.length < STEP_FAILURES_SHOWN) failedSteps.push(event);
  }

  private endAttempt(event: CaseRetried | CaseFinished, ended: CaseAttempt): void {
    const draft = this.draft(event.case.id);
    draft.named = event;
    this.attempt(event.case.id).ended = ended;
    this.close(draft, event);
  }

  /** Makes of an attempt what the page shows of it. */
  private close(draft: Draft, named: ListedCase['named']): void {
    const { id, attempts, open } = draft;
    if (!open) return;
    const attempt = lastOf(attempts);
    attempt.details = attemptJson({ id, named }, attempt, attempts.length - 1, open);
    draft.open = undefined;
  }

  private draft(id: string): Draft {
    const known = this.running.get(id);
    if (known) return known;
    const number = this.drafts.length;
    const draft: Draft = { number, id: `case-${number + 1}`, attempts: [newAttempt()], open: newOpen() };
    this.running.set(id, draft);
    this.drafts.push(draft);
    return draft;
  }

  /** The one that runs. */
  private attempt(id: string): Attempt {
    return lastOf(this.draft(id).attempts);
  }

  private open(id: string): OpenAttempt {
    const draft = this.draft(id);
    draft.open ??= newOpen();
    return draft.open;
  }
}

const newAttempt = (): Attempt => ({ failedSteps: [], details: '' });
const newOpen = (): OpenAttempt => ({ steps: new AttemptSteps() });
const lastOf = (attempts: readonly Attempt[]): Attempt => attempts.at(-1)!; // a draft begins with one
