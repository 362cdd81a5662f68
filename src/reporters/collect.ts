import type {
  CaseAttempt,
  CaseFinished,
  CaseRetried,
  RunEvent,
  RunFinished,
  RunStarted,
  StepFinished,
  TargetDescription,
} from '../contracts/event.js';
import { isGreen } from '../contracts/result.js';
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
  /** Attempts that did not pass, before the last. */
  readonly retried: readonly RetriedAttempt[];
  readonly server: TargetDescription | undefined;
}

export interface RetriedAttempt {
  readonly event: CaseRetried;
  readonly failedSteps: readonly StepFinished[];
}

interface OpenCase {
  matrix: EndedCase['matrix'];
  failedSteps: StepFinished[];
  readonly retried: RetriedAttempt[];
}

const openCase = (): OpenCase => ({ matrix: {}, failedSteps: [], retried: [] });

/** Hands over each case when it has ended, with what its steps told. */
export class CaseCollector {
  started: RunStarted | undefined;
  finished: RunFinished | undefined;
  /** Some case is no pass, so that a reader sees that the run is none. */
  red = false;
  private readonly targets = new Map<string, TargetDescription>();
  private readonly running = new Map<string, OpenCase>();

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
        this.open(event.case.id).matrix = event.matrix;
        break;
      case 'step.started':
        break;
      case 'step.finished':
        this.addStep(event);
        break;
      case 'case.retried': {
        const { retried, failedSteps } = this.open(event.case.id);
        retried.push({ event, failedSteps });
        this.open(event.case.id).failedSteps = [];
        break;
      }
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
    const { failedSteps } = this.open(event.case);
    if (failedSteps.length < STEP_FAILURES_SHOWN) failedSteps.push(event);
  }

  private open(id: string): OpenCase {
    const known = this.running.get(id) ?? openCase();
    this.running.set(id, known);
    return known;
  }

  private addCase(event: CaseFinished): void {
    const { id, target } = event.case;
    const known = this.open(id);
    this.running.delete(id);
    if (!isGreen(event.verdict)) this.red = true;
    const server = target === undefined ? this.started?.target : this.targets.get(target);
    this.onCase({ event, ...known, server });
  }
}

/** Why a case is no plain pass, in a line or two. */
export function causeOf({ failure, reason }: Pick<CaseAttempt, 'failure' | 'reason'>): string {
  const step = failure?.step ? `${failure.step.title}: ` : '';
  return failure ? `${step}${failure.message}` : (reason ?? 'no reason was given');
}

/** All failures of a case as plain text. */
export function failureText({ event, failedSteps, retried }: EndedCase): string {
  if (retried.length === 0) return attemptText(event, failedSteps);
  const texts = retried.map(
    (attempt) =>
      `attempt ${attempt.event.attempt}: ${attempt.event.verdict}\n\n${attemptText(attempt.event, attempt.failedSteps)}`,
  );
  const { location, attempts } = event;
  const end = attempts?.at(-1) ?? event;
  const name = `attempt ${texts.length + 1}: ${end.verdict}`;
  texts.push(isGreen(end.verdict) ? name : `${name}\n\n${attemptText({ ...end, location }, failedSteps)}`);
  return texts.join('\n\n');
}

/** All failures of one attempt. */
export function attemptText(
  ended: Pick<CaseAttempt, 'reason' | 'failure'> & Pick<CaseFinished, 'location'>,
  failedSteps: readonly StepFinished[],
): string {
  const parts = failedSteps.map(({ step, failure }) => [
    `${step.title} (${formatLocation(step.location)})`,
    ...renderFailure(failure!, undefined, { paint: plain, color: false }),
  ]);
  if (ended.failure && !failedSteps.some(({ step }) => step.key === ended.failure?.step?.key)) {
    parts.unshift(renderFailure(ended.failure, ended.location, { paint: plain, color: false }));
  }
  if (parts.length === 0) parts.push([causeOf(ended)]);
  return parts.map((lines) => lines.join('\n')).join('\n\n');
}
