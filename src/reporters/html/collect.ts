import type {
  CaseAttempt,
  CaseFinished,
  CaseRetried,
  CaseStarted,
  RunEvent,
  RunFinished,
  RunStarted,
  StepFinished,
} from '../../contracts/event.js';
import type { Forensics } from '../../contracts/forensics.js';
import type { Timeline } from '../../contracts/timeline.js';
import { ComparisonCollector } from '../comparison.js';
import { StepTree } from '../pretty/tree.js';
import { OUTCOMES, type Outcome } from './model.js';

const STEP_FAILURES_SHOWN = 10;

/** A case as the page lists it. */
export interface ListedCase {
  /** Of its element. */
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
  readonly tree: StepTree;
  /** Steps that have a failure to tell of, the first few. */
  readonly failedSteps: StepFinished[];
  started?: CaseStarted;
  timeline?: Timeline;
  forensics?: Forensics;
  /** Undefined where the run ended before it. */
  ended?: CaseAttempt;
}

interface Draft {
  readonly attempts: Attempt[];
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
      case 'step.started':
        this.attempt(event.case).tree.start(event);
        break;
      case 'step.finished':
        this.addStep(event);
        break;
      case 'case.timeline':
        this.attempt(event.case).timeline = event.timeline;
        break;
      case 'case.forensics':
        this.attempt(event.case).forensics = event.forensics;
        break;
      case 'case.retried':
        this.endAttempt(event, event);
        this.draft(event.case.id).attempts.push(newAttempt());
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

  /** In the order of the page: by verdict, file and line. */
  list(): readonly ListedCase[] {
    const cases = this.drafts.flatMap(({ named, ...draft }) => (named ? [{ named, ...draft }] : []));
    const files = new Map(
      [...new Set(cases.map(({ named }) => named.location.file))].map((file, index) => [file, index]),
    );
    const outcomeOf = ({ finished }: Draft): Outcome => finished?.verdict ?? 'unfinished';
    const ranked = cases.map((draft) => {
      const { file, line } = draft.named.location;
      return { draft, rank: [OUTCOMES.indexOf(outcomeOf(draft)), files.get(file) ?? 0, line] };
    });
    ranked.sort((a, b) => compareRanks(a.rank, b.rank));
    return ranked.map(({ draft }, index) => ({
      id: `case-${index + 1}`,
      outcome: outcomeOf(draft),
      named: draft.named,
      started: draft.attempts[0]?.started,
      finished: draft.finished,
      attempts: draft.attempts,
    }));
  }

  private addStep(event: StepFinished): void {
    const { tree, failedSteps } = this.attempt(event.case);
    tree.finish(event);
    if (event.failure && failedSteps.length < STEP_FAILURES_SHOWN) failedSteps.push(event);
  }

  private endAttempt(event: CaseRetried | CaseFinished, ended: CaseAttempt): void {
    this.draft(event.case.id).named = event;
    const attempt = this.attempt(event.case.id);
    attempt.ended = ended;
    attempt.tree.close();
  }

  private draft(id: string): Draft {
    const known = this.running.get(id);
    if (known) return known;
    const draft: Draft = { attempts: [newAttempt()] };
    this.running.set(id, draft);
    this.drafts.push(draft);
    return draft;
  }

  /** The one that runs. */
  private attempt(id: string): Attempt {
    return this.draft(id).attempts.at(-1)!; // a draft begins with one
  }
}

const newAttempt = (): Attempt => ({ tree: new StepTree(true), failedSteps: [] });

function compareRanks(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) {
    const difference = value - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
