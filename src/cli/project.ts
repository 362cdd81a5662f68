import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Diagnostic } from '../contracts/diagnostic.js';
import type { Frame, Path } from '../contracts/result.js';
import type { Permission } from '../contracts/step.js';
import { ScenarioError } from '../errors.js';
import type { Catalog } from '../scenario/catalog.js';
import { asWritten } from '../scenario/compose.js';
import { diagnose } from '../scenario/diagnose.js';
import { loadYaml } from '../scenario/load.js';
import { literalPasswords, misplacedKeys, withoutPasswords } from './credentials.js';

/** `redrill.config.yaml`, validated. */
export interface Project {
  readonly scenarios: readonly string[];
  readonly plugins: readonly string[];
  /** The variables that scenarios may read, with their values; unset ones are left out. */
  readonly env: Readonly<Record<string, string>>;
  readonly allow: readonly Permission[];
  readonly target: string | undefined;
  readonly targets: Readonly<Record<string, unknown>>;
  /** Where a value stands in the file. */
  locate?(path: Path): Frame;
}

interface ConfigFile {
  readonly scenarios?: readonly string[];
  readonly plugins?: readonly string[];
  readonly env?: readonly string[];
  readonly allow?: readonly Permission[];
  readonly target?: string;
  readonly targets?: Readonly<Record<string, unknown>>;
}

export const CONFIG_FILE = 'redrill.config.yaml';
const EMPTY: Project = { scenarios: ['scenarios'], plugins: [], env: {}, allow: [], target: undefined, targets: {} };

/** Reads the configuration of the working directory; what is wrong with it is in `diagnostics`. */
export function readProject(
  catalog: Catalog,
  folder: string,
): { project: Project; diagnostics: readonly Diagnostic[] } {
  const file = path.join(folder, CONFIG_FILE);
  if (!existsSync(file)) return { project: EMPTY, diagnostics: [] };
  const { documents, diagnostics } = loadYaml(CONFIG_FILE, readFileSync(file, 'utf8'));
  const [document] = documents;
  if (!document || diagnostics.length > 0)
    return { project: EMPTY, diagnostics: withoutPasswords(diagnostics, document?.data) };
  const problems = catalog.validator('config')(document.data ?? {});
  const diagnosed = problems
    ? diagnose(problems, asWritten(catalog.data.config), document.data, { document, path: [] })
    : misplacedKeys(document);
  const wrong = [...literalPasswords(document), ...diagnosed];
  if (wrong.length > 0) return { project: EMPTY, diagnostics: withoutPasswords(wrong, document.data) };
  const config = (document.data ?? {}) as ConfigFile; // just validated
  const env = (config.env ?? []).flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    project: {
      scenarios: config.scenarios ?? EMPTY.scenarios,
      plugins: config.plugins ?? [],
      env: Object.fromEntries(env),
      allow: config.allow ?? [],
      target: config.target,
      targets: config.targets ?? {},
      locate: (at) => document.frame(at),
    },
    diagnostics,
  };
}

type ImportModule = (url: string) => Promise<unknown>;

let importModule: ImportModule = (url) => import(url);

/** V8 forgets how to import() in code from its cache, so the launcher, which is never cached, lends its own. */
export function useImport(given: ImportModule): void {
  importModule = given;
}

/** Loads a plugin: a module that exports steps, alone, in a list, or as `{ steps }` by default. */
export async function loadPlugin(name: string, folder: string, mark = ''): Promise<readonly unknown[]> {
  const file = path.resolve(folder, name);
  let exported: Readonly<Record<string, unknown>>;
  try {
    exported = (await importModule(pathToFileURL(file).href + mark)) as Readonly<Record<string, unknown>>; // a module is a mapping of exports
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new ScenarioError(`the plugin ${name} could not be loaded: ${message}`, {
      cause,
      next: `see plugins: in ${CONFIG_FILE}`,
    });
  }
  const units = Object.values(exported).flatMap(unitsOf);
  if (units.length > 0) return units;
  throw new ScenarioError(`the plugin ${name} exports no action`, { next: 'see docs/plugins.md' });
}

function unitsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value.flatMap(unitsOf);
  if (typeof value !== 'object' || value === null) return [];
  if ('steps' in value) return unitsOf(value.steps);
  return 'name' in value && 'run' in value ? [value] : [];
}
