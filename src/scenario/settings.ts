import type { KeyMode, Requirements } from '../contracts/case.js';
import type { Capability } from '../contracts/target.js';
import type { CompileContext } from './context.js';
import { diagnose } from './diagnose.js';
import { checkRequirement, requiredCommand, unmetRequirement } from './requires.js';
import { ANYTHING } from './shape.js';
import { compileValue } from './value.js';

/** What a scenario says of its cases beside their steps. It may depend on the matrix. */
export interface Settings {
  readonly name: string;
  readonly tags: readonly string[];
  readonly requires: Requirements;
  readonly keys: KeyMode;
  readonly owns: readonly string[];
  readonly server: 'shared' | 'own';
  readonly timeoutMs: number;
}

/** As a document has them once its expressions are evaluated. */
interface Written {
  readonly name: string;
  readonly tags?: readonly string[];
  readonly requires?: RequiresWritten;
  readonly keys?: KeyMode;
  readonly owns?: readonly string[];
  readonly server?: 'shared' | 'own';
  readonly timeout?: number;
}

interface RequiresWritten {
  readonly capabilities?: readonly Capability[];
  readonly commands?: string | readonly string[];
  readonly programs?: readonly (readonly string[])[];
  readonly server?: string | readonly string[];
  readonly topology?: string | readonly string[];
}

const FIELDS = ['name', 'tags', 'requires', 'keys', 'owns', 'server', 'timeout'] as const;
const DEFAULT_TIMEOUT_MS = 60_000;

/** Evaluates the settings of one case; what is wrong with them goes to the context's diagnostics. */
export function compileSettings(data: Readonly<Record<string, unknown>>, context: CompileContext): Settings {
  const written = evaluate(data, context);
  const { name, tags = [], keys = 'isolated', owns = [], server = 'shared', timeout = DEFAULT_TIMEOUT_MS } = written;
  if (written.owns && keys !== 'literal') {
    const next = 'add `keys: literal`, or leave `owns` out';
    context.report('`owns` names literal keys, and this scenario has a namespace', ['owns'], next, 'key');
  }
  return { name, tags, keys, owns, server, timeoutMs: timeout, requires: requirements(written.requires, context) };
}

function evaluate(data: Readonly<Record<string, unknown>>, context: CompileContext): Written {
  const { document, catalog } = context;
  const schema = catalog.data.document;
  const options = { context, compileSteps: () => [], include: () => undefined, afterwards: [] };
  const drafts: Record<string, unknown> = {};
  const values: Record<string, unknown> = {};
  for (const name of FIELDS) {
    if (data[name] === undefined) continue;
    const problems = context.diagnostics.length;
    const compiled = compileValue(schema.properties?.[name] ?? ANYTHING, data, name, [name], options);
    drafts[name] = compiled.draft;
    if (compiled.constant) values[name] = compiled.finish(compiled.draft, {});
    else if (context.diagnostics.length === problems)
      context.report(`\`${name}\` must be known before the case runs`, [name], 'use vars, matrix and env alone');
  }
  // What is as it was written has been validated with the document; it may have been found wrong.
  const isKnown =
    context.diagnostics.length === 0 && Object.entries(drafts).every(([name, draft]) => draft === data[name]);
  const wrong = isKnown ? undefined : catalog.validator('document')({ ...drafts, steps: data.steps });
  if (wrong) context.diagnostics.push(...diagnose(wrong, schema, drafts, { document, path: [] }));
  return { name: String(data.name), ...(wrong ? {} : values) }; // just validated
}

function requirements(requires: RequiresWritten | undefined, context: CompileContext): Requirements {
  const list = (value: string | readonly string[] | undefined): readonly string[] =>
    typeof value === 'string' ? [value] : (value ?? []);
  const found = { server: list(requires?.server), topology: list(requires?.topology) };
  for (const kind of ['server', 'topology'] as const) {
    for (const [index, text] of found[kind].entries()) {
      const problem = checkRequirement(kind, text);
      const path = ['requires', kind, ...(typeof requires?.[kind] === 'string' ? [] : [index])];
      if (problem) context.report(problem.message, path, problem.next);
    }
  }
  const { demands } = context.compilation;
  for (const name of requires?.capabilities ?? []) demands.require({ kind: 'capability', name, by: null });
  for (const [index, text] of list(requires?.commands).entries()) {
    const { name, problem } = requiredCommand(text);
    const path = ['requires', 'commands', ...(typeof requires?.commands === 'string' ? [] : [index])];
    if (problem) context.report(problem.message, path, problem.next);
    else demands.require({ kind: 'command', name, by: null });
  }
  const programs = requires?.programs ?? [];
  if (programs.length > 0) {
    const frame = context.document.frame(['requires', 'programs'], 'key');
    context.compilation.needs.push({ permission: 'run', what: 'requires.programs', frame });
  }
  return { programs, unmet: (server) => unmetRequirement(found, server) };
}
