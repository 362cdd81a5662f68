import type { BoundExpression, DeferredValue } from '../../contracts/fields.js';
import type { StepContext } from '../../contracts/step.js';

/** The loader failed, as the scenario asked. */
export class LoadFailed extends Error {
  override readonly name = 'LoadFailed';
}

export interface LoaderInput {
  readonly value: DeferredValue<unknown>;
  readonly takes: number;
  readonly fail?: BoundExpression | undefined;
}

/** The slow source behind a cache. */
export class Loader {
  loads = 0;
  maxConcurrent = 0;
  /** How long the last load took; before the first, how long one is meant to take. */
  lastMs: number;
  #running = 0;

  constructor(
    private readonly input: LoaderInput,
    private readonly context: StepContext,
  ) {
    this.lastMs = input.takes;
  }

  /** Raises LoadFailed. */
  async load(): Promise<unknown> {
    const { input, context } = this;
    const locals = { index: this.loads++ };
    const start = context.clock.now();
    this.maxConcurrent = Math.max(this.maxConcurrent, ++this.#running);
    try {
      if (input.takes > 0) await context.clock.sleep(input.takes, context.signal);
      if (input.fail?.evaluate(locals) === true) throw new LoadFailed(`load ${locals.index} failed`);
      return input.value.evaluate(locals);
    } finally {
      this.#running--;
      this.lastMs = context.clock.now() - start;
    }
  }
}
