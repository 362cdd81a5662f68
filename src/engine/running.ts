import type { Actor } from '../contracts/step.js';
import { ScenarioError, StopRequested } from '../errors.js';

/** A step that goes on beside the others: in the background, or as a live actor. */
export interface RunningStep {
  readonly id: string;
  /** Once the handler has returned or raised, and is judged unless it is live. */
  readonly settled: Promise<void>;
  /** Set when the handler left an actor. */
  live: { readonly actor: Actor; finish(): Promise<unknown> } | undefined;
  /** The result; only after `settled`. Raises when the step did not pass. */
  collect(): unknown;
  progress(): unknown;
  /** Ends a background step that is not live. */
  abort(stop: StopRequested): void;
}

/** What runs beside the steps of a case, by id; steps without an id get one that no scenario can name. */
export class RunningSteps {
  readonly #steps = new Map<string, RunningStep>();

  /** Told the id of each step that begins to run beside the others. */
  onAdd: (id: string) => void = () => {};

  add(step: RunningStep): void {
    this.#steps.set(step.id, step);
    this.onAdd(step.id);
  }

  /** Whether the step runs and has something to show. */
  isShowing(id: string): boolean {
    const step = this.#steps.get(id);
    return step?.live !== undefined || step?.progress() !== undefined;
  }

  /** Waits for a background step and gives its result. */
  async collect(id: string): Promise<unknown> {
    const step = this.#get(id);
    await step.settled;
    if (step.live)
      throw new ScenarioError(`"${id}" is live until it is stopped`, { next: `use inspect: ${id}, or stop: ${id}` });
    this.#steps.delete(id);
    return step.collect();
  }

  /** The step as an actor: a background step that is not live can be looked at, and ended. */
  actor(id: string): Actor {
    const step = this.#get(id);
    return {
      snapshot: () => step.live?.actor.snapshot() ?? step.progress() ?? null,
      stop: async () => {
        await this.stop(id);
      },
    };
  }

  async stop(id: string): Promise<unknown> {
    const step = this.#get(id);
    if (!step.live) step.abort(new StopRequested());
    await step.settled;
    this.#steps.delete(id);
    return step.live ? step.live.finish() : step.collect();
  }

  /** Waits until background steps have ended; what went wrong in them was told by themselves. */
  async awaitBackground(): Promise<void> {
    for (const step of [...this.#steps.values()]) {
      await step.settled;
      if (!step.live) await this.collect(step.id).catch(() => {});
    }
  }

  /** At the end of `steps`: background steps are awaited, then live actors are stopped, the youngest first. */
  async finish(): Promise<void> {
    await this.awaitBackground();
    for (const id of [...this.#steps.keys()].reverse()) await this.stop(id).catch(() => {});
  }

  /** Ends everything; the result of what has not ended is not wanted. */
  async abandon(because: string): Promise<void> {
    for (const step of this.#steps.values()) if (!step.live) step.abort(new StopRequested(because));
    await this.finish();
  }

  #get(id: string): RunningStep {
    const step = this.#steps.get(id);
    if (step) return step;
    throw new ScenarioError(`no step with the id "${id}" is running`, {
      next: 'it has ended, was skipped, or was collected before',
    });
  }
}
