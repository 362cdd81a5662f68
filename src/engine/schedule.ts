import type { CompiledCase } from '../contracts/case.js';

/**
 * Which case runs when: a bounded number at once, never two that own the same key, and alone what needs a server of
 * its own that the target can't give.
 */
export class Schedule {
  readonly #waiting: { compiled: CompiledCase; index: number }[];
  readonly #running = new Set<CompiledCase>();

  constructor(
    cases: readonly CompiledCase[],
    private readonly options: { readonly jobs: number; readonly ours: boolean },
  ) {
    this.#waiting = cases.map((compiled, index) => ({ compiled, index }));
  }

  /** Resolves when all have run; raises the first error that is no case's own. */
  async run(start: (compiled: CompiledCase, index: number) => Promise<void>): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const next = (): void => {
        if (this.#waiting.length === 0 && this.#running.size === 0) resolve();
        for (let found = this.#take(); found; found = this.#take()) {
          const { compiled, index } = found;
          this.#running.add(compiled);
          start(compiled, index)
            .catch(reject)
            .finally(() => {
              this.#running.delete(compiled);
              next();
            });
        }
      };
      next();
    });
  }

  #take(): { compiled: CompiledCase; index: number } | undefined {
    if (this.#running.size >= this.options.jobs) return undefined;
    const at = this.#waiting.findIndex(({ compiled }) => this.#mayRun(compiled));
    return at < 0 ? undefined : this.#waiting.splice(at, 1)[0];
  }

  #mayRun(candidate: CompiledCase): boolean {
    if (this.#running.size === 0) return true;
    if (this.#isAlone(candidate)) return false;
    return [...this.#running].every(
      (other) => !this.#isAlone(other) && !candidate.owns.some((key) => other.owns.includes(key)),
    );
  }

  #isAlone = (compiled: CompiledCase): boolean => compiled.server === 'own' && !this.options.ours;
}
