import path from 'node:path';
import type { CompiledCase } from '../../contracts/case.js';
import type { Diagnostic } from '../../contracts/diagnostic.js';
import { openFiles } from '../../scenario/files.js';
import { recordReads } from '../checked.js';
import { CONFIG_FILE, type Project, readProject } from '../project.js';
import { builtinCatalog } from '../registry.js';
import { findFiles, type OpenScenarios, openScenarios } from '../scenarios.js';
import { FreshModules, moduleFiles } from './modules.js';
import { isFile, namedFiles } from './names.js';

/** A scenario file, compiled, with the files that it concerns; their names are absolute. */
export interface WatchedFile {
  readonly file: string;
  readonly cases: readonly CompiledCase[];
  readonly diagnostics: readonly Diagnostic[];
  /** Itself, and what was read to compile it. */
  readonly reads: ReadonlySet<string>;
  /** What its text may name. */
  readonly names: ReadonlySet<string>;
}

/** What a change came to. */
export interface Update {
  /** Those that must run again. */
  readonly files: readonly WatchedFile[];
  /** The configuration or a plugin changed: all of them, and the targets may be others. */
  readonly everything: boolean;
}

/** A folder to watch, and whether with all in it. */
export type WatchedFolder = readonly [folder: string, deep: boolean];

/** The scenarios that a command line names, compiled anew as far as they changed. */
export class WatchedScenarios {
  #files: ReadonlyMap<string, WatchedFile> = new Map();
  #open: OpenScenarios | undefined;
  #plugins: ReadonlySet<string> = new Set();
  readonly #modules = new FreshModules();
  readonly #builtin = builtinCatalog();
  readonly #folder = process.cwd();
  readonly #config = path.join(this.#folder, CONFIG_FILE);

  constructor(
    private readonly paths: readonly string[],
    private readonly vars: Readonly<Record<string, unknown>>,
  ) {}

  /** Undefined before the configuration could be read and its plugins be loaded. */
  get open(): OpenScenarios | undefined {
    return this.#open;
  }

  get files(): readonly WatchedFile[] {
    return [...this.#files.values()];
  }

  /** Whether a scenario may be another when this file or folder changes; a log that grows is of no concern. */
  matters(name: string): boolean {
    if (/\.ya?ml$/.test(name)) return true;
    const within = `${name}${path.sep}`;
    if (this.#isCommon(name)) return true;
    return this.files.some(
      (file) => this.concerns(new Set([name]), file) || [...file.reads].some((read) => read.startsWith(within)),
    );
  }

  /** Whether one of the changed files is one of a scenario's. */
  concerns(changed: ReadonlySet<string>, { reads, names }: WatchedFile): boolean {
    return [...changed].some((file) => this.#isCommon(file) || reads.has(file) || names.has(file));
  }

  /** What a scenario names and nobody reads, its program may write while it runs: no reason to run again. */
  mayWrite(running: readonly WatchedFile[], file: string): boolean {
    if (this.#isCommon(file)) return false;
    return running.some(({ names }) => names.has(file)) && !this.files.some(({ reads }) => reads.has(file));
  }

  /** Compiles what changed; all at first. Raises a ScenarioError for paths that lead nowhere, and for a plugin. */
  async update(changed: ReadonlySet<string>): Promise<Update> {
    const everything = !this.#open || [...changed].some((file) => this.#isCommon(file));
    if (everything) this.#open = await this.#reopen();
    const open = this.#open!; // just opened
    const found = everything ? open.files : await findFiles(this.#paths(open.project), this.#folder);
    const access = openFiles(this.#folder);
    const files: WatchedFile[] = [];
    const next = new Map<string, WatchedFile>();
    for (const file of found) {
      const known = everything ? undefined : this.#files.get(file);
      const current = known && !this.concerns(changed, known) ? known : await this.#compile(file, open, access);
      next.set(file, current);
      if (current !== known) files.push(current);
    }
    this.#files = next;
    return { files, everything };
  }

  /** Where files may come, change or go that matter here. */
  folders(): readonly WatchedFolder[] {
    const roots = this.#paths(this.#open?.project).map(rootOf);
    const around = roots.map(([folder]) => path.dirname(folder));
    const read = this.files.flatMap(({ reads }) => [...reads]);
    // Where a word is no file's name there is no such folder, mostly.
    const named = this.files.flatMap(({ names }) => [...names]);
    const others = new Set([...read, ...named, ...this.#plugins, this.#config].map((file) => path.dirname(file)));
    return [...roots, ...[...around, ...others].map((folder) => [folder, false] as const)];
  }

  /** The configuration, or of a plugin. */
  #isCommon(file: string): boolean {
    return file === this.#config || this.#plugins.has(file);
  }

  #paths(project: Project | undefined): readonly string[] {
    return this.paths.length > 0 ? this.paths : (project?.scenarios ?? []);
  }

  async #reopen(): Promise<OpenScenarios> {
    this.#open = undefined;
    const { plugins } = readProject(this.#builtin, this.#folder).project;
    // Known even if they cannot be loaded, so that mending one is seen.
    this.#plugins = new Set(plugins.flatMap((name) => [...moduleFiles(path.resolve(this.#folder, name))]));
    const mark = plugins.length > 0 ? this.#modules.renew() : '';
    return await openScenarios(this.#builtin, this.paths, this.vars, mark);
  }

  async #compile(
    file: string,
    { read, compile }: OpenScenarios,
    files: ReturnType<typeof openFiles>,
  ): Promise<WatchedFile> {
    const access = recordReads(files);
    const text = read(file);
    const { cases, diagnostics } = await compile(file, text, access);
    const texts = [[file, text] as const, ...access.reads];
    const absolute = texts.map(([name, content]) => [path.resolve(this.#folder, name), content] as const);
    return {
      file,
      cases,
      diagnostics,
      reads: new Set(absolute.map(([name]) => name)),
      names: new Set(absolute.flatMap(([name, content]) => [...namedFiles(content, path.dirname(name))])),
    };
  }
}

/** Of a glob, the folder before what it leaves open. */
function rootOf(given: string): WatchedFolder {
  const absolute = path.resolve(given);
  if (isFile(absolute)) return [path.dirname(absolute), false];
  const parts = given.split('/');
  const open = parts.findIndex((part) => /[*?{[]/.test(part));
  return [
    open < 0 ? absolute : path.resolve(parts.slice(0, open).join('/') || (given.startsWith('/') ? '/' : '.')),
    true,
  ];
}
