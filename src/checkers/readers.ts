import type { CheckedEvent } from '../contracts/checker.js';
import { plural } from '../format/text.js';

/** Subscribers, and which of them had read all that was published. */
export class Readers {
  /** When each caught up last, counted in pushes. */
  readonly #caughtUpAt = new Map<string, number>();
  readonly #steps = new Set<string>();
  readonly #subscriptions = new Set<string>();
  #patterns = false;
  #pushes = 0;

  pushed(): void {
    this.#pushes++;
  }

  see({ operation, phase, step, actor, target, pattern = false }: CheckedEvent): void {
    const reader = `${actor} of ${step}`;
    this.#steps.add(step);
    if (operation === 'subscribe') {
      this.#subscriptions.add(`${reader}\n${target}`);
      this.#patterns ||= pattern;
    }
    if (operation === 'caughtUp' && phase === 'ok') this.#caughtUpAt.set(reader, this.#pushes);
    else if (!this.#caughtUpAt.has(reader)) this.#caughtUpAt.set(reader, -1);
  }

  /** False: messages were consumed in another way. */
  get any(): boolean {
    return this.#steps.size > 0;
  }

  /** One message may be owed several times. */
  get several(): boolean {
    return this.#caughtUpAt.size > 1 || (this.#patterns && this.#subscriptions.size > 1);
  }

  /** Why nobody knows whether all was read. `expected`: the steps that consume. */
  doubts(expected: readonly string[]): string[] {
    if (this.several) {
      const owed = Math.max(this.#caughtUpAt.size, this.#subscriptions.size);
      return [`each of ${plural(owed, 'subscription')} is owed every message: verify.fanout judges them one by one`];
    }
    const silent = expected.filter((step) => !this.#steps.has(step));
    const behind = [...this.#caughtUpAt].filter(([, at]) => at < this.#pushes).map(([reader]) => reader);
    return [...silent, ...behind].map((reader) => `nobody knows whether ${reader} had read all that was published`);
  }
}
