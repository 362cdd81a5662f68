import type { CompiledCase } from '../contracts/case.js';
import type { RunEvent } from '../contracts/event.js';
import { isGreen } from '../contracts/result.js';
import { ScenarioError } from '../errors.js';
import { idOnAnyTarget } from '../format/case.js';
import { plural } from '../format/text.js';
import { createRedactor } from '../redis/redact.js';
import { cacheFolder, cacheName, readCached, writeCached } from './cache.js';

/** Which cases of a project did not pass the last time they ran, remembered in the user's cache folder. */
export class LastRun {
  readonly #name: string;
  readonly #idOf: (compiled: CompiledCase) => string;
  /** Of the cases that have ended in this run, whether they passed on every target. */
  readonly #passed = new Map<string, boolean>();

  constructor(
    folder: string,
    env: Readonly<Record<string, string>>,
    /** Of all files that were read, selected or not. */
    private readonly cases: readonly CompiledCase[],
  ) {
    this.#name = cacheName(folder, 'failed');
    // What events tell is without secrets.
    const redactor = createRedactor(Object.values(env));
    this.#idOf = ({ reference }) => redactor.text(reference.id);
  }

  /** Those of the cases that did not pass. Raises a ScenarioError where there are none. */
  select(cases: readonly CompiledCase[]): readonly CompiledCase[] {
    const failed = this.#read();
    if (!failed) {
      throw new ScenarioError('--last-failed: no run of this folder is remembered', {
        next:
          cacheFolder() === undefined
            ? 'REDRILL_CACHE=off remembers none: leave it out'
            : 'run once without --last-failed',
      });
    }
    if (failed.size === 0) {
      throw new ScenarioError('--last-failed: every case passed the last time that it ran', {
        next: 'run without --last-failed to run them all',
      });
    }
    const selected = cases.filter((compiled) => failed.has(this.#idOf(compiled)));
    if (selected.length > 0) return selected;
    throw new ScenarioError(
      `--last-failed: ${plural(failed.size, 'case')} did not pass, and none of them is among those selected`,
      { next: 'leave out paths, --tags, --skip-tags or --grep, or run without --last-failed' },
    );
  }

  onEvent(event: RunEvent): void {
    if (event.type !== 'case.finished') return;
    const id = idOnAnyTarget(event.case);
    this.#passed.set(id, isGreen(event.verdict) && this.#passed.get(id) !== false);
  }

  /** Cases that this run left out stay what they were, unless they are there no more. */
  save(): void {
    if (this.#passed.size === 0) return;
    const known = new Set(this.cases.map(this.#idOf));
    const files = new Set(this.cases.map(({ reference }) => reference.file));
    const isGone = (id: string): boolean => files.has(id.slice(0, id.indexOf('#'))) && !known.has(id);
    const failed = new Set([...(this.#read() ?? [])].filter((id) => !isGone(id)));
    for (const [id, passed] of this.#passed) {
      if (passed) failed.delete(id);
      else failed.add(id);
    }
    const content = JSON.stringify([...failed]);
    if (content !== readCached(this.#name)?.toString()) writeCached(this.#name, content);
  }

  #read(): ReadonlySet<string> | undefined {
    try {
      const content = readCached(this.#name);
      return content && new Set(JSON.parse(content.toString()) as string[]); // what `save` wrote
    } catch {
      return undefined;
    }
  }
}
