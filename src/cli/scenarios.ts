import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { CompiledCase } from '../contracts/case.js';
import type { Diagnostic } from '../contracts/diagnostic.js';
import { ScenarioError } from '../errors.js';
import { prepareExpressions } from '../expression/expression.js';
import { createRedactor } from '../redis/redact.js';
import type { Catalog } from '../scenario/catalog.js';
import { type CompiledFile, compileFile } from '../scenario/compile.js';
import type { FileAccess } from '../scenario/context.js';
import { openFiles } from '../scenario/files.js';
import { LIMITS, loadYaml } from '../scenario/load.js';
import { CONFIG_FILE, loadPlugin, type Project, readProject } from './project.js';
import { catalogWith } from './registry.js';

export interface Selection {
  readonly tags?: readonly string[];
  readonly skipTags?: readonly string[];
  readonly grep?: string | undefined;
}

export interface LoadedScenarios {
  readonly catalog: Catalog;
  readonly project: Project;
  readonly files: readonly string[];
  readonly cases: readonly CompiledCase[];
  readonly diagnostics: readonly Diagnostic[];
}

/** What a command line names, found but not read. */
export interface OpenScenarios {
  readonly catalog: Catalog;
  readonly project: Project;
  readonly files: readonly string[];
  /** What is wrong with the configuration. */
  readonly diagnostics: readonly Diagnostic[];
  read(file: string): string;
  compile(file: string, text: string, access: FileAccess): Promise<CompiledFile>;
}

/** Raises a ScenarioError for paths that lead nowhere. */
export async function openScenarios(
  base: Catalog,
  paths: readonly string[],
  vars: Readonly<Record<string, unknown>>,
  /** Behind the URLs of plugins, to load them anew. */
  mark = '',
): Promise<OpenScenarios> {
  const folder = process.cwd();
  const { project, diagnostics } = readProject(base, folder);
  const plugins = (await Promise.all(project.plugins.map((name) => loadPlugin(name, folder, mark)))).flat();
  const catalog = await catalogWith(plugins, base);
  const files = await findFiles(paths.length > 0 ? paths : project.scenarios, folder);
  // A message may quote what an expression gave.
  const { value: redact } = createRedactor(Object.values(project.env));
  return {
    catalog,
    project,
    files,
    diagnostics,
    read: (file) => readBounded(path.resolve(folder, file)),
    async compile(file, text, access) {
      const loaded = loadYaml(file, text);
      await catalog.loadMatchers(new Set(text.match(/\$[a-z][A-Za-z]*/g) ?? []));
      await prepareExpressions([text]);
      const compiled = compileFile(loaded, { catalog, files: access, env: project.env, vars });
      return { ...compiled, diagnostics: redact(compiled.diagnostics) };
    },
  };
}

/** Finds, reads and compiles what a command line names. Raises a ScenarioError for paths that lead nowhere. */
export async function loadScenarios(
  base: Catalog,
  paths: readonly string[],
  vars: Readonly<Record<string, unknown>>,
): Promise<LoadedScenarios> {
  const open = await openScenarios(base, paths, vars);
  const access = openFiles(process.cwd());
  const cases: CompiledCase[] = [];
  const diagnostics = [...open.diagnostics];
  for (const file of open.files) {
    const compiled = await open.compile(file, open.read(file), access);
    cases.push(...compiled.cases);
    diagnostics.push(...compiled.diagnostics);
  }
  return { ...open, cases, diagnostics };
}

/** One byte more than the limit is enough to be told so. */
function readBounded(file: string): string {
  if (statSync(file).size <= LIMITS.fileBytes) return readFileSync(file, 'utf8');
  return ' '.repeat(LIMITS.fileBytes + 1);
}

const isScenarioFile = (name: string): boolean => /\.ya?ml$/.test(name) && !/^[._]/.test(name) && name !== CONFIG_FILE;

/** Files in the order of the command line; in a folder by name. Names that begin with `_` or `.` are left out of folders. */
export async function findFiles(paths: readonly string[], folder: string): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const given of paths) {
    const absolute = path.resolve(folder, given);
    const kind = statSync(absolute, { throwIfNoEntry: false });
    if (kind?.isFile()) found.add(path.relative(folder, absolute) || given);
    else if (kind?.isDirectory()) for (const file of filesIn(absolute)) found.add(path.relative(folder, file));
    else {
      const matched = /[*?{[]/.test(given) ? await filesMatching(given, folder) : [];
      if (matched.length === 0)
        throw new ScenarioError(`there is no file, folder or match for ${given}`, {
          next: 'name a scenario file, a folder of them, or a glob in quotes; `redrill init` writes a first one',
        });
      for (const file of matched) found.add(file);
    }
  }
  return [...found];
}

function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    if (/^[._]/.test(entry.name) || entry.name === 'node_modules') return [];
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) return filesIn(full);
    return isScenarioFile(entry.name) ? [full] : [];
  });
}

async function filesMatching(pattern: string, folder: string): Promise<string[]> {
  const { glob } = await import('tinyglobby');
  const files = await glob(pattern, { cwd: folder, expandDirectories: false });
  return files.filter((file) => isScenarioFile(path.basename(file))).sort();
}

/** The cases that the flags select. Raises a ScenarioError when there are none. */
export function selectCases(
  cases: readonly CompiledCase[],
  { tags, skipTags, grep }: Selection,
): readonly CompiledCase[] {
  const pattern = grep === undefined ? undefined : namePattern(grep);
  const selected = cases.filter(({ tags: own, reference }) => {
    if (tags && tags.length > 0 && !tags.some((tag) => own.includes(tag))) return false;
    if (skipTags?.some((tag) => own.includes(tag))) return false;
    const { file, name } = reference;
    return !pattern || [name, file, `${file} ${name}`].some((text) => pattern.test(text));
  });
  if (selected.length > 0) return selected;
  throw new ScenarioError('no case was selected', {
    next:
      cases.length > 0
        ? 'see `redrill list` for the names and tags that there are'
        : 'write a scenario: `redrill init`',
  });
}

/** Raises a ScenarioError. */
export function namePattern(text: string): RegExp {
  try {
    return new RegExp(text, 'i');
  } catch (cause) {
    throw new ScenarioError(`--grep ${text} is not a regular expression`, {
      cause,
      next: 'escape what is meant literally',
    });
  }
}
