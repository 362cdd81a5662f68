import type { CompiledStepList, Scope } from '../contracts/case.js';
import type { BoundExpression, DeferredValue } from '../contracts/fields.js';
import type { Path } from '../contracts/result.js';
import type { JsonSchema } from '../contracts/schema.js';
import { ScenarioError } from '../errors.js';
import { compileExpression } from '../expression/expression.js';
import { bareSource, compileTemplate } from '../expression/template.js';
import { compileArgumentParts } from './argument-parts.js';
import { compileArguments } from './arguments.js';
import { Constant } from './constant.js';
import type { CompileContext, CompileSteps } from './context.js';
import {
  ANYTHING,
  asQuantity,
  branchFor,
  expressionsLast,
  holdsExpression,
  isCompiled,
  plain,
  propertySchema,
  withDefaults,
} from './shape.js';

/**
 * A value of the file, compiled. It is resolved in two steps, so that what a validator sees is what could have been
 * written: `written` evaluates the expressions, `finish` fills in defaults, turns quantities into numbers, and puts
 * expressions, deferred values and steps into the shape that handlers get.
 */
export interface CompiledValue {
  /** Nothing in it depends on the scope. */
  readonly constant: boolean;
  /** What is certain of it before the case runs; an expression that isn't stands as its text. */
  readonly draft: unknown;
  written(scope: Scope): unknown;
  finish(written: unknown, scope: Scope): unknown;
  /** The entries of a mapping, so that a queue's declaration can add to them. */
  readonly entries?: ReadonlyMap<string, CompiledValue> | undefined;
}

export interface CompileValueOptions {
  readonly context: CompileContext;
  readonly compileSteps: CompileSteps;
  /** Reads and compiles an included file. */
  readonly include: (value: string, path: Path, context: CompileContext, input: object) => CompiledStepList | undefined;
  /** Done once the step is compiled: ids of concurrent lists become visible. */
  readonly afterwards: (() => void)[];
}

/** Compiles the value `parent[key]`, which stands at `path`, by its schema. */
export function compileValue(
  schema: JsonSchema,
  parent: object,
  key: string | number,
  path: Path,
  options: CompileValueOptions,
): CompiledValue {
  const value = (parent as Record<string | number, unknown>)[key]; // a mapping or a list
  const { context } = options;
  // Most values are data: there is nothing in them to compile.
  if (!isCompiled(schema) && !holdsExpression(value)) return new Constant(schema, value);
  if (schema['x-deferred']) return deferred(schema, parent, key, path, options);
  switch (schema['x-evaluate']) {
    case 'expression':
      return special(value, expressionField(schema, value, path, context));
    case 'arguments': {
      const isCommand = schema['x-script'] !== 'arguments';
      if (schema['x-parts']) {
        const names = scopeOf(schema);
        const inside = context.with({ names: [...context.names, ...names] });
        return special(value, compileArgumentParts(parent, key, path, inside, { names, isCommand }));
      }
      const compiled = compileArguments(parent, key, path, context, isCommand);
      return special(value, compiled.bind, compiled.constant);
    }
    case 'steps': {
      const steps = nestedSteps(schema, parent, value, path, options);
      return special(value, () => steps, true);
    }
    case 'include': {
      const steps = typeof value === 'string' ? options.include(value, path, context, parent) : undefined;
      return special(value, () => steps, true);
    }
    case 'text-file': {
      const content = typeof value === 'string' ? readText(value, path, context) : '';
      if (schema['x-script']) context.compilation.demands.script(content);
      return special(value, () => content, true);
    }
    case 'source-text': {
      if (typeof value === 'string') break; // it may hold expressions
      const written = context.document.scalarText(parent, key) ?? String(value);
      return special(value, () => written, true);
    }
  }
  if (typeof value === 'string') {
    const compiled = text(schema, value, path, context);
    if (schema['x-script']) context.compilation.demands.script(compiled.constant ? String(compiled.draft) : undefined);
    return compiled;
  }
  const branch = branchFor(schema, value);
  if (Array.isArray(value)) {
    const items = value.map((_, index) =>
      compileValue(branch.items ?? ANYTHING, value, index, [...path, index], options),
    );
    return {
      constant: items.every((item) => item.constant),
      draft: items.map((item) => item.draft),
      written: (scope) => items.map((item) => item.written(scope)),
      finish: (written, scope) => items.map((item, index) => item.finish((written as unknown[])[index], scope)), // made by `written`
    };
  }
  if (typeof value !== 'object' || value === null) return new Constant(schema, value);
  const names = Object.keys(value);
  const entries = new Map<string, CompiledValue>();
  for (const name of expressionsLast(names, branch)) {
    const field = propertySchema(branch, name);
    // The validator has said that there is no such field: what stands under it is not read.
    const unread = () => new Constant(ANYTHING, (value as Record<string, unknown>)[name]); // one of its names
    entries.set(name, field ? compileValue(field, value, name, [...path, name], options) : unread());
  }
  return mapping(branch, new Map(names.map((name) => [name, entries.get(name)!]))); // all were just set
}

/** A mapping of compiled entries; those that its schema has defaults for are filled in. */
export function mapping(schema: JsonSchema, entries: ReadonlyMap<string, CompiledValue>): CompiledValue {
  const list = [...entries];
  return {
    entries,
    constant: list.every(([, entry]) => entry.constant),
    draft: Object.fromEntries(list.map(([name, entry]) => [name, entry.draft])),
    written: (scope) => Object.fromEntries(list.map(([name, entry]) => [name, entry.written(scope)])),
    finish: (written, scope) => {
      const given = written as Record<string, unknown>; // made by `written`
      return withDefaults(
        schema,
        Object.fromEntries(list.map(([name, entry]) => [name, entry.finish(given[name], scope)])),
      );
    },
  };
}

/** A field whose written form is kept for the validator and replaced afterwards. */
const special = (raw: unknown, bind: (scope: Scope) => unknown, isConstant = false): CompiledValue => ({
  constant: isConstant,
  draft: raw,
  written: () => raw,
  finish: (_, scope) => bind(scope),
});

function text(schema: JsonSchema, value: string, path: Path, context: CompileContext): CompiledValue {
  const template = context.attempt(path, 0, () => compileTemplate(value, { names: context.scopeNames }));
  if (!template) return new Constant(schema, value);
  const problems = context.diagnostics.length;
  const references = template.expressions.map(({ expression, offset }) => {
    context.checkReferences(expression.references, path, offset);
    return expression.references;
  });
  const evaluate = (scope: Scope): unknown =>
    asQuantity(
      schema,
      context.located(path, 0, () => template.evaluate(scope)),
    );
  const known = context.diagnostics.length === problems && references.every((list) => context.isKnown(list));
  if (known) {
    const folded = context.attempt(path, 0, () => ({ value: evaluate({ ...context.variables.known }) }));
    if (folded) {
      context.compilation.folded++;
      return new Constant(schema, folded.value);
    }
  }
  return { constant: false, draft: value, written: evaluate, finish: (written) => plain(schema, written) };
}

function expressionField(
  schema: JsonSchema,
  value: unknown,
  path: Path,
  context: CompileContext,
): (scope: Scope) => BoundExpression | undefined {
  const written = typeof value === 'boolean' ? String(value) : value;
  if (typeof written !== 'string' || written === '') return () => undefined;
  const names = [...context.scopeNames, ...scopeOf(schema)];
  const bare = context.attempt(path, 0, () => bareSource(written));
  if (!bare) return () => undefined;
  const { source, offset } = bare;
  const expression = context.attempt(path, offset, () => compileExpression(source, { names }));
  if (!expression) return () => undefined;
  context.checkReferences(expression.references, path, offset);
  return (scope) => ({
    source,
    evaluate: (locals) =>
      context.located(path, offset, () => expression.evaluate(locals ? { ...scope, ...locals } : scope)),
    explain: (locals) => expression.explain(locals ? { ...scope, ...locals } : scope),
  });
}

function readText(file: string, path: Path, context: CompileContext): string {
  try {
    return context.files.read(file, context.document.source.file).text;
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    context.report(error.message, path, error.details.next);
    return '';
  }
}

function nestedSteps(
  schema: JsonSchema,
  parent: object,
  value: unknown,
  path: Path,
  options: CompileValueOptions,
): CompiledStepList {
  const { context } = options;
  const from = schema['x-scope-from'];
  const named = typeof from === 'string' ? (parent as Record<string, unknown>)[from] : undefined; // the input is a mapping
  const names = [...context.names, ...scopeOf(schema), ...(typeof named === 'string' ? [named] : [])];
  if (!schema['x-concurrent'])
    return { steps: options.compileSteps(value, path, context.with({ names })), defaults: {} };
  const ids = new Map(context.ids);
  const steps = options.compileSteps(value, path, context.with({ names, ids }));
  options.afterwards.push(() => {
    for (const [id, step] of ids) context.ids.set(id, step);
  });
  return { steps, defaults: {} };
}

function deferred(
  schema: JsonSchema,
  parent: object,
  key: string | number,
  path: Path,
  options: CompileValueOptions,
): CompiledValue {
  const { 'x-deferred': _, ...inner } = schema;
  const names = [...options.context.names, ...scopeOf(schema)];
  const context = options.context.with({ names });
  const compiled = compileValue(inner, parent, key, path, { ...options, context });
  const value = (parent as Record<string | number, unknown>)[key]; // a mapping or a list
  return special(value, (scope): DeferredValue<unknown> => {
    const evaluate = (locals: Readonly<Record<string, unknown>>): unknown => {
      const inside = { ...scope, ...locals };
      return compiled.finish(compiled.written(inside), inside);
    };
    if (!compiled.constant) return { constant: false, written: value, evaluate };
    const once = evaluate({});
    return { constant: true, evaluate: () => once };
  });
}

const scopeOf = (schema: JsonSchema): readonly string[] => (schema['x-scope'] as readonly string[] | undefined) ?? []; // our own keyword
