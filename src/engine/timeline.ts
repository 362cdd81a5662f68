import type { RunEvent, StepReference } from '../contracts/event.js';
import type { Clock } from '../contracts/step.js';
import type { MeasuredLoad } from '../contracts/timeline.js';
import type { CaseRecorder } from '../history/recorder.js';
import { buildTimeline } from '../history/timeline/build.js';
import type { NamedLoad } from '../history/timeline/loads.js';
import type { Occurrence } from '../history/timeline/marks.js';
import type { CaseEnvironment } from './environment.js';

/** What a case did that its history does not hold. */
export class TimelineNotes {
  readonly #occurrences: Occurrence[] = [];
  readonly #loads: NamedLoad[] = [];
  /** Of steps with an id; in a loop that of the last iteration. */
  readonly #keys = new Map<string, string>();
  #lastAt: number;

  constructor(
    private readonly clock: Clock,
    private readonly startedAt: number,
  ) {
    this.#lastAt = startedAt;
  }

  see(event: RunEvent): void {
    if (event.type !== 'step.started' && event.type !== 'step.finished') return;
    const { step } = event;
    const at = this.clock.now();
    this.#lastAt = at;
    if (event.type === 'step.started') {
      if (step.id !== null) this.#keys.set(step.id, step.key);
    } else if (event.failure && step.section !== 'catch') {
      this.#occurrences.push({ kind: 'failed', name: step.title, at, step: step.key });
    }
  }

  /** What it returns ends it. */
  fault({ key }: StepReference, label: string): () => void {
    const fault: Occurrence & { until?: number } = { kind: 'fault', name: label, at: this.clock.now(), step: key };
    this.#occurrences.push(fault);
    return () => {
      fault.until ??= this.clock.now();
    };
  }

  load({ id, title }: StepReference, load: MeasuredLoad): void {
    this.#loads.push({ of: id ?? title, ...load });
  }

  /** Tells what there is to tell. */
  tell({ emit, clock, reference }: Pick<CaseEnvironment, 'emit' | 'clock' | 'reference'>, history: CaseRecorder): void {
    const timeline = buildTimeline(history, {
      startMs: this.startedAt,
      endMs: this.#lastAt,
      loads: this.#loads,
      occurrences: this.#occurrences,
      keyOf: (step) => this.#keys.get(step) ?? step,
    });
    if (timeline) emit({ type: 'case.timeline', time: clock.wallTime(), case: reference.id, timeline });
  }
}
