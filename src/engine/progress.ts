import type { RunEvent, StepProgress } from '../contracts/event.js';
import type { Clock, Work } from '../contracts/step.js';

/** A step that runs, as its progress is told. */
export interface StepAtWork {
  readonly case: string;
  readonly key: string;
  readonly declaredMs: number;
  /** Undefined where it counts nothing, or has not begun to. */
  work(): Work | undefined;
}

/** Tells how far the steps are that take a while, for as long as the run goes on. */
export class ProgressBoard implements Disposable {
  readonly #atWork = new Set<StepAtWork>();
  readonly #timer: NodeJS.Timeout;

  constructor(
    everyMs: number,
    private readonly clock: Clock,
    private readonly emit: (event: RunEvent) => void,
  ) {
    this.#timer = setInterval(() => this.#tell(), everyMs).unref();
  }

  /** Gives what takes it off the board. */
  add(step: StepAtWork): () => void {
    this.#atWork.add(step);
    return () => this.#atWork.delete(step);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #tell(): void {
    const time = this.clock.wallTime();
    for (const step of this.#atWork) {
      const work = step.work();
      const { case: inCase, key, declaredMs } = step;
      const event: StepProgress = { type: 'step.progress', time, case: inCase, key, declaredMs };
      if (work) this.emit({ ...event, work });
      else if (declaredMs > 0) this.emit(event);
    }
  }
}
