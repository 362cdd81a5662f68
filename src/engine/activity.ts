import type { RunEvent, StepReference } from '../contracts/event.js';
import type { RecordedEvent } from '../contracts/history.js';
import type { NearbyEvent, NearbyStep, Surroundings, Verdict } from '../contracts/result.js';
import type { Clock } from '../contracts/step.js';
import type { CaseRecorder } from '../history/recorder.js';

const RUNNING_SHOWN = 10;
const FINISHED_SHOWN = 3;
const HISTORY_SHOWN = 5;

interface StartedStep {
  readonly step: StepReference;
  readonly time: number;
}
interface FinishedStep extends StartedStep {
  readonly verdict: Verdict;
}

/** What is cheap to keep of a moment. */
export interface Moment {
  readonly time: number;
  readonly running: readonly StartedStep[];
  readonly finished: readonly FinishedStep[];
  readonly recorded: number;
}

/** Follows the steps of one case by their events, to tell what went on at a moment. */
export class Activity {
  readonly #running = new Map<string, StartedStep>();
  readonly #reached = new Set<string>();
  readonly #waiting: { readonly id: string; readonly begin: () => void }[] = [];
  #finished: readonly FinishedStep[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly startedAt: number,
    private readonly history: CaseRecorder,
    /** Ids of included files are another matter. */
    private readonly file: string,
  ) {}

  see(event: RunEvent): void {
    if (event.type !== 'step.started' && event.type !== 'step.finished') return;
    const { step } = event;
    if (step.section === 'always') return;
    const time = this.clock.now();
    if (event.type === 'step.started') {
      this.#running.set(step.key, { step, time });
      return;
    }
    this.#running.delete(step.key);
    if (event.verdict === 'skipped') return;
    this.#finished = [{ step, time, verdict: event.verdict }, ...this.#finished].slice(0, FINISHED_SHOWN);
    if (event.verdict === 'passed' && step.id !== null && step.location.file === this.file) this.reach(step.id);
  }

  /** The steps behind this one go on. */
  reach(id: string): void {
    this.#reached.add(id);
    for (const { id: awaited, begin } of this.#waiting.splice(0)) {
      if (awaited === id) begin();
      else this.#waiting.push({ id: awaited, begin });
    }
  }

  hasReached(id: string): boolean {
    return this.#reached.has(id);
  }

  whenReached(id: string, begin: () => void): void {
    this.#waiting.push({ id, begin });
  }

  moment(): Moment {
    const running = [...this.#running.values()];
    return { time: this.clock.now(), running, finished: this.#finished, recorded: this.history.size };
  }

  surroundings({ time, running, finished, recorded }: Moment): Surroundings {
    const parents = new Set(running.map(({ step }) => step.parent));
    const innermost = running.filter(({ step }) => !parents.has(step.key));
    const nearby = ({ step: { key, title, location }, time: at }: StartedStep): NearbyStep => ({
      key,
      title,
      location,
      agoMs: time - at,
    });
    const more = innermost.length - RUNNING_SHOWN;
    return {
      atMs: time - this.startedAt,
      running: innermost.slice(0, RUNNING_SHOWN).map(nearby),
      ...(more > 0 && { alsoRunning: more }),
      finished: finished.map((step) => ({ ...nearby(step), verdict: step.verdict })),
      history: this.history
        .last(HISTORY_SHOWN, recorded)
        .map((event) => nearbyEvent(event, time))
        .reverse(),
    };
  }
}

const nearbyEvent = (event: RecordedEvent, now: number): NearbyEvent => {
  const { phase, operation, target, message, attempt, step, actor } = event;
  return { agoMs: now - event.time, phase, operation, target, message, attempt, step, actor };
};
