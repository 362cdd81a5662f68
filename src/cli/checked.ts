import { hash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FileAccess } from '../scenario/context.js';
import { readCached, writeCached } from './cache.js';
import type { Project } from './project.js';
import { VERSION } from './version.js';

/** What is remembered of a valid file: the number of its cases, and the other files that were read for it. */
interface Entry {
  readonly cases: number;
  readonly reads: Readonly<Record<string, string>>;
}

const MAXIMUM_ENTRIES = 20_000;

const digest = (...parts: readonly string[]): string =>
  hash('sha1', parts.map((part) => `${part.length}:${part}`).join(''), 'base64url');

/**
 * Files that an earlier `validate` found valid, told by their content and all else that the finding went by: the program
 * itself, the variables, the environment that the configuration allows, and the files that were read for them. A plugin
 * may go by anything, so with one there are none.
 */
export class CheckedFiles {
  readonly #entries: Map<string, Entry>;
  readonly #name: string | undefined;
  #changed = false;

  constructor(
    private readonly folder: string,
    { plugins, env }: Project,
    vars: Readonly<Record<string, unknown>>,
  ) {
    const bundled = VERSION !== '0.0.0-source';
    this.#name =
      bundled && plugins.length === 0
        ? `${digest(programMark(), folder, JSON.stringify([env, vars]))}.checked`
        : undefined;
    this.#entries = this.#name === undefined ? new Map() : readEntries(this.#name);
  }

  /** How many cases a file holds that is known to be valid. */
  casesOf(file: string, text: string): number | undefined {
    const entry = this.#entries.get(digest(file, text));
    if (!entry) return undefined;
    const same = Object.entries(entry.reads).every(([name, mark]) => this.#markOf(name) === mark);
    return same ? entry.cases : undefined;
  }

  add(file: string, text: string, cases: number, reads: ReadonlyMap<string, string>): void {
    const marks = [...reads].map(([name, content]) => [name, digest(content)]);
    this.#entries.set(digest(file, text), { cases, reads: Object.fromEntries(marks) });
    this.#changed = true;
  }

  save(): void {
    if (this.#name === undefined || !this.#changed) return;
    writeCached(this.#name, JSON.stringify([...this.#entries].slice(-MAXIMUM_ENTRIES)));
  }

  #markOf(name: string): string | undefined {
    try {
      return digest(readFileSync(path.resolve(this.folder, name), 'utf8'));
    } catch {
      return undefined;
    }
  }
}

function programMark(): string {
  const { mtimeMs, size } = statSync(fileURLToPath(import.meta.url));
  return `${VERSION} ${mtimeMs} ${size}`;
}

function readEntries(name: string): Map<string, Entry> {
  try {
    return new Map(JSON.parse(readCached(name)?.toString() ?? '[]') as [string, Entry][]); // what `save` wrote
  } catch {
    return new Map();
  }
}

/** Reads files as `access` does, and keeps what was read. */
export function recordReads(access: FileAccess): FileAccess & { readonly reads: Map<string, string> } {
  const reads = new Map<string, string>();
  return {
    reads,
    read(name, from) {
      const found = access.read(name, from);
      reads.set(found.file, found.text);
      return found;
    },
  };
}
