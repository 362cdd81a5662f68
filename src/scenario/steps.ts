import type { CompiledStep } from '../contracts/case.js';
import type { Path } from '../contracts/result.js';
import type { JsonSchema, StepMetadata } from '../contracts/schema.js';
import { nearestName } from '../format/nearest.js';
import type { CompileContext } from './context.js';
import { compileInclude } from './include.js';
import { compileInput } from './input.js';
import { compileModifiers, MODIFIERS } from './modifiers.js';
import type { CompileValueOptions } from './value.js';

/** Compiles a list of steps. What is wrong goes to the context's diagnostics; a wrong step is left out. */
export function compileSteps(list: unknown, path: Path, context: CompileContext): readonly CompiledStep[] {
  if (list === undefined) return [];
  if (!Array.isArray(list)) return []; // reported by the schema of what holds it
  return list.flatMap((step, index) => compileStep(step, index, [...path, index], context) ?? []);
}

function compileStep(step: unknown, index: number, path: Path, context: CompileContext): CompiledStep | undefined {
  if (typeof step !== 'object' || step === null || Array.isArray(step)) {
    context.report('a step is a mapping with an action', path, 'write it as `- action: input`');
    return undefined;
  }
  const traits = findAction(step, path, context);
  if (!traits) return undefined;
  const { name: action } = traits;
  const problems = context.diagnostics.length;
  const at = [...path, action];
  const options: CompileValueOptions = { context, compileSteps, include: compileInclude, afterwards: [] };
  const input = compileInput(traits, step, at, options);
  const references = collectReferences(traits.input, input.draft);
  checkReferenced(references, at, context);
  const result = resultSchema(traits, input.draft, context);
  const modifiers = compileModifiers(step, path, { traits, result, options });
  for (const done of options.afterwards) done();
  for (const { id, collects } of references) {
    const known = context.ids.get(id);
    if (collects && known) context.ids.set(id, { ...known, state: 'ready' });
  }
  const live = (value: unknown): boolean => isLive(traits, value);
  if (modifiers.id !== null) {
    if (context.takenIds.has(modifiers.id))
      context.report(`the id "${modifiers.id}" stands twice`, [...path, 'id'], 'give each step an id of its own');
    context.takenIds.add(modifiers.id);
    const state = live(withDefault(traits, input.draft)) ? 'live' : modifiers.background ? 'background' : 'ready';
    context.ids.set(modifiers.id, { action, result, state });
  }
  if (context.diagnostics.length > problems) return undefined;
  const { document } = context;
  if (traits.needs)
    context.compilation.needs.push({ permission: traits.needs, what: action, frame: document.frame(at, 'key') });
  return {
    ...modifiers,
    traits,
    load: () => context.catalog.loadStep(action),
    index,
    title: { resolve: (scope) => modifiers.name?.(scope) ?? titleOf(traits, input.shown(scope)) },
    location: document.location([...path, action], 'key'),
    frame: () => document.frame([...path, action], 'key'),
    input,
    isLive: live,
  };
}

/** The step's one action; anything else is reported. */
function findAction(step: object, path: Path, context: CompileContext): StepMetadata | undefined {
  const { catalog } = context;
  const keys = Object.keys(step);
  const actions = keys.filter((key) => catalog.step(key));
  const unknown = keys.filter((key) => !catalog.step(key) && !MODIFIERS.has(key));
  const [action, second] = actions;
  if (action === undefined) {
    const candidate =
      unknown.find((key) => key.includes('.') || nearestName(key, catalog.actions) !== undefined) ?? unknown[0];
    if (candidate === undefined) context.report('the step has no action', path, 'add one, such as `command: PING`');
    else {
      const near = nearestName(candidate, [...catalog.actions, ...MODIFIERS]);
      context.report(
        `unknown action "${candidate}"`,
        [...path, candidate],
        near ? `did you mean "${near}"?` : 'see `redrill steps` for all of them',
        'key',
      );
    }
    return undefined;
  }
  if (second !== undefined) {
    context.report(
      `a step has one action; this one has ${actions.map((name) => `"${name}"`).join(' and ')}`,
      [...path, second],
      'make a step of each',
      'key',
    );
    return undefined;
  }
  for (const key of unknown) {
    const near = nearestName(key, [...MODIFIERS, ...catalog.actions]);
    context.report(
      `unknown key "${key}"`,
      [...path, key],
      near ? `did you mean "${near}"?` : `a step has an action and: ${[...MODIFIERS].join(', ')}`,
      'key',
    );
  }
  return catalog.step(action);
}

interface StepReference {
  readonly id: string;
  readonly kind: string;
  readonly collects: boolean;
  readonly path: Path;
}

/** The ids of steps that an input names. */
function collectReferences(schema: JsonSchema, draft: unknown, path: Path = []): StepReference[] {
  if (schema.anyOf) return schema.anyOf.flatMap((branch) => collectReferences(branch, draft, path)).filter(unique);
  const kind = schema['x-reference'];
  if (typeof kind === 'string') {
    return typeof draft === 'string' && !draft.includes('${{')
      ? [{ id: draft, kind, collects: schema['x-collects'] === true, path }]
      : [];
  }
  if (Array.isArray(draft))
    return schema.items ? draft.flatMap((item, index) => collectReferences(schema.items!, item, [...path, index])) : [];
  if (typeof draft !== 'object' || draft === null) return [];
  return Object.entries(schema.properties ?? {}).flatMap(
    ([name, property]) =>
      Object.hasOwn(draft, name)
        ? collectReferences(property, (draft as Record<string, unknown>)[name], [...path, name])
        : [], // just seen to have it
  );
}

const unique = (reference: StepReference, index: number, all: readonly StepReference[]): boolean =>
  all.findIndex((other) => other.id === reference.id) === index;

function checkReferenced(references: readonly StepReference[], path: Path, context: CompileContext): void {
  for (const { id, kind, path: inside } of references) {
    const known = context.ids.get(id);
    if (!known) {
      const near = nearestName(id, [...context.ids.keys()]);
      context.report(
        `no earlier step has the id "${id}"`,
        [...path, ...inside],
        near ? `did you mean "${near}"?` : 'give the step an `id`',
      );
    } else if (known.state === 'ready') {
      context.report(
        kind === 'actor'
          ? `the step "${id}" (${known.action}) leaves nothing running here`
          : `the step "${id}" (${known.action}) is not in the background here`,
        [...path, ...inside],
        `read its result as steps.${id}`,
      );
    } else if (kind === 'step' && known.state === 'live') {
      context.report(
        `the step "${id}" (${known.action}) is live until it is stopped`,
        [...path, ...inside],
        `use stop: ${id}`,
      );
    }
  }
}

/** The result's schema; for `await`, `stop` and `inspect` it is the named step's. */
function resultSchema(traits: StepMetadata, draft: unknown, context: CompileContext): JsonSchema {
  const field = traits.result['x-result-of'];
  if (typeof field !== 'string') return traits.result;
  const named =
    field === ''
      ? draft
      : typeof draft === 'object' && draft !== null
        ? (draft as Record<string, unknown>)[field]
        : undefined; // an input is a mapping
  const one = (id: unknown): JsonSchema => (typeof id === 'string' ? (context.ids.get(id)?.result ?? {}) : {});
  return Array.isArray(named) ? {} : one(named);
}

function isLive(traits: StepMetadata, input: unknown): boolean {
  const { live } = traits;
  if (live === undefined || live === true) return live === true;
  const value = (typeof input === 'object' && input !== null ? input : {}) as Record<string, unknown>; // an input is a mapping
  return value[live.field] === live.equals && (live.without === undefined || value[live.without] === undefined);
}

function withDefault(traits: StepMetadata, draft: unknown): unknown {
  if (typeof traits.live !== 'object' || typeof draft !== 'object') return draft;
  const { field } = traits.live;
  return { [field]: traits.input.properties?.[field]?.default, ...draft };
}

const TITLE_LENGTH = 72;

/** The action with what it acts on: the command itself, or the input's first text. */
function titleOf({ name: action, input: schema }: StepMetadata, input: unknown): string {
  const words = Array.isArray(input)
    ? input
        .filter((item) => typeof item !== 'object')
        .map(String)
        .join(schema['x-evaluate'] === 'arguments' ? ' ' : ', ')
    : typeof input === 'object' && input !== null
      ? Object.values(input).find((value) => typeof value === 'string')
      : input;
  const text =
    words === undefined || words === null || words === ''
      ? action
      : `${action} ${String(words).replaceAll(/\s+/g, ' ')}`;
  return text.length > TITLE_LENGTH ? `${text.slice(0, TITLE_LENGTH - 1)}…` : text;
}
