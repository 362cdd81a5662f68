import type { CompiledInvariant } from '../contracts/case.js';
import type { Path } from '../contracts/result.js';
import type { StepMetadata } from '../contracts/schema.js';
import { nearestName } from '../format/nearest.js';
import { formatDuration } from '../format/quantity.js';
import { isMap } from '../format/value.js';
import { asWritten } from './compose.js';
import type { CompileContext, KnownStep } from './context.js';
import { diagnose } from './diagnose.js';
import { collectReferences } from './references.js';
import { compileAction, type Form, findAction } from './steps.js';
import { compileValue } from './value.js';

const FORM: Form = {
  noun: 'invariant',
  example: 'stream.inspect: { stream: orders }',
  keys: new Set(['name', 'expect', 'every', 'after', 'onError']),
};
const MINIMUM_EVERY_MS = 10;

/** The ids that the invariants of a scenario wait for. */
export const waitedFor = (always: unknown): string[] =>
  (Array.isArray(always) ? always : []).flatMap((one: unknown) =>
    isMap(one) && typeof one.after === 'string' ? [one.after] : [],
  );

/** Compiles `always`, once the steps are compiled. `ids` are those that the first step sees. */
export function compileInvariants(
  list: unknown,
  context: CompileContext,
  ids: ReadonlyMap<string, KnownStep>,
): readonly CompiledInvariant[] {
  if (!Array.isArray(list)) return []; // reported by the schema of the document
  return list.flatMap((one, index) => compileInvariant(one, index, context, ids) ?? []);
}

function compileInvariant(
  given: unknown,
  index: number,
  context: CompileContext,
  ids: ReadonlyMap<string, KnownStep>,
): CompiledInvariant | undefined {
  const path = ['always', index];
  if (!isMap(given)) {
    context.report('an invariant is a mapping with an action', path, `write it as \`- ${FORM.example}\``);
    return undefined;
  }
  const problems = context.diagnostics.length;
  const traits = findAction(given, path, context, FORM);
  if (!traits || context.diagnostics.length > problems) return undefined;
  checkAction(traits, given, path, context);
  const sampling = compileSampling(given, path, context);
  if (context.diagnostics.length > problems) return undefined;
  const { every: everyMs, after = null, onError } = sampling;
  const seen = after === null ? ids : idsBehind(after, path, context);
  if (!seen) return undefined;
  const inside = context.with({ ids: new Map(seen), sampled: true });
  const step = compileAction(traits, given, index, path, inside);
  if (!step) return undefined;
  const references = collectReferences(traits.input, given[traits.name]);
  const inspects = references.filter(({ kind }) => kind === 'actor').map(({ id }) => id);
  return { step: { ...step, connection: `always.${index}` }, everyMs, after, onError, inspects };
}

function checkAction(
  traits: StepMetadata,
  given: Readonly<Record<string, unknown>>,
  path: Path,
  context: CompileContext,
): void {
  const { name } = traits;
  if (traits.effect === 'changes') {
    const message = `an invariant looks again and again, and ${name} changes the server`;
    context.report(message, [...path, name], 'use an action that only looks, such as queue.inspect or command', 'key');
  } else if (!Object.hasOwn(given, 'expect') && traits.judges !== true) {
    context.report('an invariant without `expect` has nothing that must hold', [...path, name], 'add one', 'key');
  }
}

/** When it is sampled. All of it must be known before the case runs. */
interface Sampling {
  /** Milliseconds. */
  readonly every: number;
  readonly after?: string;
  readonly onError: 'fail' | 'ignore';
}

function compileSampling(given: Readonly<Record<string, unknown>>, path: Path, context: CompileContext): Sampling {
  const schema = context.catalog.data.invariant;
  const validate = context.catalog.validator('invariant');
  const own = Object.fromEntries(
    ['every', 'after', 'onError'].flatMap((key) => (key in given ? [[key, given[key]]] : [])),
  );
  const report = (values: unknown): boolean => {
    const wrong = validate(values);
    if (wrong)
      context.diagnostics.push(...diagnose(wrong, asWritten(schema), values, { document: context.document, path }));
    return wrong !== undefined;
  };
  const otherwise: Sampling = { every: MINIMUM_EVERY_MS, onError: 'fail' };
  if (report(own)) return otherwise;
  const holder = { own };
  const options = { context, compileSteps: () => [], include: () => undefined, afterwards: [] };
  const compiled = compileValue(schema, holder, 'own', path, options);
  if (!compiled.constant) {
    for (const [key, entry] of compiled.entries ?? []) {
      if (entry.constant) continue;
      context.report(`\`${key}\` must be known before the case runs`, [...path, key], 'use vars, matrix and env alone');
    }
    return otherwise;
  }
  if (report(compiled.draft)) return otherwise;
  const sampling = compiled.finish(compiled.draft, {}) as Sampling; // shaped by the schema
  if (sampling.every < MINIMUM_EVERY_MS) {
    const message = `\`every\` must be at least ${formatDuration(MINIMUM_EVERY_MS)}`;
    context.report(message, [...path, 'every'], 'a sample takes time of the server, too');
  }
  return sampling;
}

/** The ids that a step behind this one sees. */
function idsBehind(after: string, path: Path, context: CompileContext): ReadonlyMap<string, KnownStep> | undefined {
  const { waitedFor } = context.compilation;
  const ids = waitedFor.get(after);
  // A step with a mistake of its own has told of it.
  if (ids || (context.allIds.has(after) && context.diagnostics.length > 0)) return ids;
  const near = nearestName(after, [...context.ids.keys()]);
  const next = near ? `did you mean "${near}"?` : 'give the step an `id`';
  context.report(`no step of \`setup\` or \`steps\` has the id "${after}"`, [...path, 'after'], next);
  return undefined;
}
