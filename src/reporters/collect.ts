import type {
  CaseFinished,
  RunEvent,
  RunFinished,
  RunStarted,
  StepFinished,
  TargetDescription,
} from '../contracts/event.js';
import { formatLocation, renderFailure } from './failure.js';
import { plain } from './paint.js';
import { explainVerdict } from './verdict.js';

const STEP_FAILURES_SHOWN = 10;

/** A case as a report of whole cases needs it. */
export interface EndedCase {
  readonly event: CaseFinished;
  readonly matrix: Readonly<Record<string, unknown>>;
  /** Steps that have a failure to tell of, the first few. */
  readonly failedSteps: readonly StepFinished[];
  readonly server: TargetDescription | undefined;
}

/** Hands over each case when it has ended, with what its steps told. */
export class CaseCollector {
  started: RunStarted | undefined;
  finished: RunFinished | undefined;
  /** Some case is no pass, so that a reader sees that the run is none. */
  red = false;
  private readonly targets = new Map<string, TargetDescription>();
  private readonly running = new Map<string, { matrix: EndedCase['matrix']; failedSteps: StepFinished[] }>();

  constructor(private readonly onCase: (ended: EndedCase) => void) {}

  add(event: RunEvent): void {
    switch (event.type) {
      case 'run.started':
        this.started = event;
        break;
      case 'target.started':
        this.targets.set(event.target.name, event.target);
        break;
      case 'case.started':
        this.running.set(event.case.id, { matrix: event.matrix, failedSteps: [] });
        break;
      case 'step.started':
        break;
      case 'step.finished':
        this.addStep(event);
        break;
      case 'case.finished':
        this.addCase(event);
        break;
      case 'run.finished':
        this.finished = event;
        break;
    }
  }

  /**
   * Why the run is no pass although every case looks like one: interrupted, nothing passed, no target. Undefined where
   * the run is a pass, or its cases say enough.
   */
  get problem(): string | undefined {
    const { finished, red } = this;
    if (red || finished?.exitCode === 0) return undefined;
    return finished ? explainVerdict(finished) : 'the run did not finish';
  }

  private addStep(event: StepFinished): void {
    if (event.failure === undefined) return;
    const known = this.running.get(event.case) ?? { matrix: {}, failedSteps: [] };
    this.running.set(event.case, known);
    if (known.failedSteps.length < STEP_FAILURES_SHOWN) known.failedSteps.push(event);
  }

  private addCase(event: CaseFinished): void {
    const { id, target } = event.case;
    const { matrix, failedSteps } = this.running.get(id) ?? { matrix: {}, failedSteps: [] };
    this.running.delete(id);
    if (event.verdict !== 'passed' && event.verdict !== 'skipped') this.red = true;
    const server = target === undefined ? this.started?.target : this.targets.get(target);
    this.onCase({ event, matrix, failedSteps, server });
  }
}

/** Why a case is no plain pass, in a line or two. */
export function causeOf({ failure, reason }: CaseFinished): string {
  const step = failure?.step ? `${failure.step.title}: ` : '';
  return failure ? `${step}${failure.message}` : (reason ?? 'no reason was given');
}

/** All failures of a case as plain text. */
export function failureText({ event, failedSteps }: EndedCase): string {
  const parts = failedSteps.map(({ step, failure }) => [
    `${step.title} (${formatLocation(step.location)})`,
    ...renderFailure(failure!, undefined, { paint: plain, color: false }),
  ]);
  if (event.failure && !failedSteps.some(({ step }) => step.key === event.failure?.step?.key)) {
    parts.unshift(renderFailure(event.failure, event.location, { paint: plain, color: false }));
  }
  if (parts.length === 0) parts.push([causeOf(event)]);
  return parts.map((lines) => lines.join('\n')).join('\n\n');
}
