import type { CompiledCase } from '../../contracts/case.js';
import type { RunEvent } from '../../contracts/event.js';
import { isGreen } from '../../contracts/result.js';
import { pretty } from '../../reporters/pretty.js';

/** The cases that did not pass when they ran last, each with what was told of it. */
export class Failures {
  /** By what events name the case, which on several targets is several; the one that ended last is at the end. */
  readonly #cases = new Map<string, { readonly id: string; readonly story: string }>();

  /** Their ids in the scenarios. */
  get ids(): ReadonlySet<string> {
    return new Set([...this.#cases.values()].map(({ id }) => id));
  }

  get last(): string | undefined {
    return [...this.#cases.values()].at(-1)?.story;
  }

  /** Hears of one run. */
  listener(color: boolean, columns: number | undefined): (event: RunEvent) => void {
    let story = '';
    const write = (text: string): void => {
      story += text;
    };
    const reporter = pretty.create({ output: { write, color, columns }, verbose: false });
    return (event) => {
      story = '';
      reporter.onEvent(event);
      if (event.type !== 'case.finished') return;
      const { id, target } = event.case;
      this.#cases.delete(id);
      if (!isGreen(event.verdict))
        this.#cases.set(id, { id: target === undefined ? id : id.slice(0, -`@${target}`.length), story });
    };
  }

  /** Forgets those that there are no more. */
  keep(cases: readonly CompiledCase[]): void {
    const ids = new Set(cases.map(({ reference }) => reference.id));
    for (const [key, { id }] of this.#cases) if (!ids.has(id)) this.#cases.delete(key);
  }
}
