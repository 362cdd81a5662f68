import type { CheckedEvent } from '../contracts/checker.js';

type State = 'begun' | 'complete' | 'incomplete';

/** The looks at queues and dead-letter queues, numbered from 1; of each target only the last one counts. */
export class Looks {
  readonly #targets: string[] = [];
  readonly #current = new Map<string, number>();
  readonly #states = new Map<string, State>();
  /** Targets at which something happened since the last look began. */
  readonly #stale = new Set<string>();

  see({ phase, target }: CheckedEvent): void {
    if (phase === 'invoke') {
      this.#current.set(target, this.#targets.push(target));
      this.#stale.delete(target);
    }
    this.#states.set(target, phase === 'invoke' ? 'begun' : phase === 'ok' ? 'complete' : 'incomplete');
  }

  /** Something happened at this target: what an earlier look found is out of date. */
  disturb(target: string): void {
    if (this.#current.has(target)) this.#stale.add(target);
  }

  /** The number of the last look at a target; 0: none. */
  current(target: string): number {
    return this.#current.get(target) ?? 0;
  }

  /** Whether this is the number of the last look at its target. */
  counts(look: number): boolean {
    return look > 0 && this.#current.get(this.#targets[look - 1]!) === look;
  }

  /** Why the last look at this target does not tell where everything is; undefined where it does. */
  doubt(target: string): string | undefined {
    const state = this.#states.get(target);
    if (state === undefined) return `nobody looked at what is left in ${target}`;
    if (this.#stale.has(target)) return `nobody looked at ${target} after the last that happened there`;
    return state === 'complete' ? undefined : `${target} was at work while it was looked at`;
  }
}
