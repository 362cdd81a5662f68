import type { CompiledCase, Need } from '../contracts/case.js';
import type { Diagnostic } from '../contracts/diagnostic.js';
import type { Argument } from '../contracts/redis.js';
import { nearestName } from '../format/nearest.js';
import { actsOnWholeServer, textOf } from '../redis/commands.js';
import type { Catalog } from './catalog.js';
import { type CaseCompilation, CompileContext, type FileAccess, type Variables } from './context.js';
import { DemandList } from './demands.js';
import { checkedDocument, type ScenarioData } from './document.js';
import { collectIds, definedNames } from './ids.js';
import { compileInvariants, waitedFor } from './invariants.js';
import type { LoadedFile } from './load.js';
import { combinations, expressionsIn, MAXIMUM_CASES, rowLabels, unknownAxes } from './matrix.js';
import { QueueDeclarations } from './queues.js';
import { compileSettings } from './settings.js';
import type { SourceDocument } from './source.js';
import { compileSteps } from './steps.js';
import { compileVariables } from './variables.js';

export interface CompileOptions {
  readonly catalog: Catalog;
  readonly files: FileAccess;
  /** Environment variables that the configuration allows, with their values. */
  readonly env: Readonly<Record<string, string>>;
  /** Variables of the command line; they go before the file's own. */
  readonly vars: Readonly<Record<string, unknown>>;
}

export interface CompiledFile {
  readonly file: string;
  readonly cases: readonly CompiledCase[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Compiles every scenario of a file into its cases. Never raises for what is wrong in the file. */
export function compileFile(loaded: LoadedFile, options: CompileOptions): CompiledFile {
  const diagnostics: Diagnostic[] = [...loaded.diagnostics];
  const cases: CompiledCase[] = [];
  const names = new Set<string>();
  const ids = new Set<string>();
  for (const document of loaded.documents) {
    const data = checkedDocument(document, options.catalog, diagnostics);
    if (!data) continue;
    if (names.has(data.name)) {
      diagnostics.push({
        message: `two scenarios of this file are named "${data.name}"`,
        frame: document.frame(['name']),
        next: 'give each a name of its own',
      });
    }
    const compiled = compileScenario(document, data, options, diagnostics);
    // Of a scenario with a matrix, and one whose name looks like a row of it.
    const same = names.has(data.name) ? undefined : compiled.find(({ reference }) => ids.has(reference.id));
    if (same) {
      diagnostics.push({
        message: `two cases of this file are named "${same.reference.name}"`,
        frame: document.frame(['name']),
        next: 'give each a name of its own',
      });
    }
    names.add(data.name);
    for (const { reference } of compiled) ids.add(reference.id);
    cases.push(...compiled);
  }
  if (loaded.documents.length === 0 && diagnostics.length === 0) {
    diagnostics.push({
      message: 'the file holds no scenario',
      frame: loaded.source.frame(0, 0),
      next: 'write `name:` and `steps:`, or see `redrill init`',
    });
  }
  for (const document of loaded.documents) document.release();
  return { file: loaded.source.file, cases, diagnostics: withoutRepeats(diagnostics) };
}

function compileScenario(
  document: SourceDocument,
  data: ScenarioData,
  options: CompileOptions,
  diagnostics: Diagnostic[],
): CompiledCase[] {
  const rows = combinations(data.matrix);
  if (rows.length > MAXIMUM_CASES) {
    diagnostics.push({
      message: `the matrix has more than ${MAXIMUM_CASES} combinations`,
      frame: document.frame(['matrix']),
      next: 'use fewer axes, or exclude some',
    });
    return [];
  }
  for (const { path, axis } of unknownAxes(data.matrix)) {
    const near = nearestName(axis, Object.keys(data.matrix ?? {}));
    diagnostics.push({
      message: `the matrix has no axis "${axis}" to exclude`,
      frame: document.frame(path, 'key'),
      ...(near && { next: `did you mean "${near}"?` }),
    });
  }
  if (rows.length === 0) {
    diagnostics.push({
      message: 'every combination of the matrix is excluded',
      frame: document.frame(['matrix', 'exclude']),
    });
  }
  for (const path of expressionsIn(data.matrix, ['matrix'])) {
    diagnostics.push({
      message: 'a matrix holds no expressions',
      frame: document.frame(path),
      next: 'write the values, or make them in `vars` from what the matrix gives',
    });
  }
  const labels = rowLabels(rows);
  const lists = [data.setup, data.steps, data.catch, data.teardown];
  const names = { dynamic: definedNames(lists, options.catalog), allIds: collectIds(lists) };
  return rows.map((matrix, index) =>
    compileCase(document, data, { matrix, label: labels[index]!, ...names }, options, diagnostics),
  );
}

/** A combination of the matrix, and what is the same in all of them. */
interface Row {
  readonly matrix: Readonly<Record<string, unknown>>;
  readonly label: string;
  /** Variables that steps set while the case runs. */
  readonly dynamic: ReadonlySet<string>;
  readonly allIds: ReadonlySet<string>;
}

function compileCase(
  document: SourceDocument,
  data: ScenarioData,
  { matrix, label, dynamic, allIds }: Row,
  options: CompileOptions,
  diagnostics: Diagnostic[],
): CompiledCase {
  const commands: (readonly Argument[])[] = [];
  const needs: Need[] = [];
  const demands = new DemandList();
  const known = { vars: {}, matrix, env: options.env };
  const compilation: CaseCompilation = {
    catalog: options.catalog,
    diagnostics,
    files: options.files,
    commands,
    needs,
    demands,
    folded: 0,
    waitedFor: new Map(waitedFor(data.always).map((id) => [id, undefined])),
  };
  const place = {
    document,
    names: [],
    ids: new Map(),
    takenIds: new Set<string>(),
    allIds,
    includeDepth: 0,
  };
  const context = (variables: Variables) => new CompileContext(compilation, { ...place, variables });
  const vars = compileVariables(data, { known, dynamic }, options.vars, context);
  const inside = context({ known: { ...known, vars }, dynamic });
  compilation.queues = new QueueDeclarations(inside);
  const section = (name: 'setup' | 'steps' | 'catch' | 'teardown') => compileSteps(data[name], [name], inside);
  const setup = section('setup');
  const ready = new Map(inside.ids);
  const steps = section('steps');
  const always = compileInvariants(data.always, inside, ready);
  // Whatever was running has been collected or stopped before these.
  for (const [id, step] of inside.ids) inside.ids.set(id, { ...step, state: 'ready' });
  const settings = compileSettings({ ...data }, inside);
  const wholeServer = commands.find(actsOnWholeServer);
  const mark = demands.begin();
  const caught = section('catch');
  // Diagnostics, which change nothing.
  demands.forget(mark);
  const teardown = section('teardown');
  const { file } = document.source;
  const name = settings.name + label;
  return {
    reference: { id: `${file}#${name}`, name, file },
    location: document.location(['name']),
    tags: settings.tags,
    matrix,
    vars,
    requires: settings.requires,
    keys: settings.keys,
    owns: settings.owns,
    server: wholeServer || demands.actsOnNodes ? 'own' : settings.server,
    actsOnServer: wholeServer?.slice(0, 2).map(textOf).join(' ').toUpperCase() ?? null,
    needs,
    demands: demands.demands,
    sends: demands.sends,
    timeoutMs: settings.timeoutMs,
    setup,
    steps,
    catch: caught,
    teardown,
    always,
  };
}

/** Each combination of a matrix finds the same mistakes again. In the order of each file. */
function withoutRepeats(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const byFile = new Map<string, Map<string, Diagnostic>>();
  for (const diagnostic of diagnostics) {
    const { frame, message } = diagnostic;
    const known = byFile.get(frame.file) ?? new Map<string, Diagnostic>();
    known.set(`${frame.line}:${frame.column} ${message}`, diagnostic);
    byFile.set(frame.file, known);
  }
  const inOrder = (a: Diagnostic, b: Diagnostic): number =>
    a.frame.line - b.frame.line || a.frame.column - b.frame.column;
  return [...byFile.values()].flatMap((known) => [...known.values()].sort(inOrder));
}
