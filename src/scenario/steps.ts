import type { CompiledStep } from '../contracts/case.js';
import type { Path } from '../contracts/result.js';
import type { JsonSchema, StepMetadata } from '../contracts/schema.js';
import { nearestName } from '../format/nearest.js';
import { isMap } from '../format/value.js';
import type { CompileContext } from './context.js';
import { compileInclude } from './include.js';
import { compileInput } from './input.js';
import { compileModifiers, MODIFIERS } from './modifiers.js';
import { checkReferenced, collectReferences } from './references.js';
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
  const traits = findAction(step, path, context, STEP);
  return traits && compileAction(traits, step, index, path, context);
}

/** Compiles a step whose action is known, with its modifiers. */
export function compileAction(
  traits: StepMetadata,
  step: object,
  index: number,
  path: Path,
  context: CompileContext,
): CompiledStep | undefined {
  const { name: action } = traits;
  const problems = context.diagnostics.length;
  const at = [...path, action];
  const options: CompileValueOptions = { context, compileSteps, include: compileInclude, afterwards: [] };
  const mark = context.compilation.demands.begin();
  const input = compileInput(traits, step, at, options);
  const references = collectReferences(traits.input, input.draft);
  checkReferenced(references, at, context);
  const result = resultSchema(traits, input.draft, context);
  const modifiers = compileModifiers(step, path, { traits, result, options });
  for (const done of options.afterwards) done();
  context.compilation.demands.end(mark, { traits, step, field: input.field });
  for (const { id, collects } of references) {
    const known = context.ids.get(id);
    if (collects && known) context.ids.set(id, { ...known, state: 'ready' });
  }
  const live = (value: unknown): boolean => isLive(traits, value);
  if (modifiers.id !== null) {
    if (context.takenIds.has(modifiers.id))
      context.report(`the id "${modifiers.id}" stands twice`, [...path, 'id'], 'give each step an id of its own');
    const state = live(withDefault(traits, input.draft)) ? 'live' : modifiers.background ? 'background' : 'ready';
    context.addStep(modifiers.id, { action, result, state });
  }
  if (context.diagnostics.length > problems) return undefined;
  const { document } = context;
  if (traits.needs)
    context.compilation.needs.push({ permission: traits.needs, what: action, frame: document.frame(at, 'key') });
  const { name, id, condition, expect, expectError, within, throughout, timeoutMs, retry } = modifiers;
  const { background, continueOnFailure, connection } = modifiers;
  // One by one: an object that is spread and then added to took a tenth of the time of compiling a step.
  return {
    traits,
    load: () => context.catalog.loadStep(action),
    index,
    id,
    title: { resolve: (scope) => name?.(scope) ?? titleOf(traits, input.shown(scope)) },
    location: document.location(at, 'key'),
    frame: () => document.frame(at, 'key'),
    input,
    condition,
    expect,
    expectError,
    within,
    throughout,
    timeoutMs,
    retry,
    background,
    continueOnFailure,
    connection,
    isLive: live,
  };
}

/** What has an action: a step, or an invariant. */
export interface Form {
  readonly noun: string;
  /** An action that may stand in it. */
  readonly example: string;
  /** What may stand beside its action. */
  readonly keys: ReadonlySet<string>;
}

const STEP: Form = { noun: 'step', example: 'command: PING', keys: MODIFIERS };

/** The one action of a step or an invariant; anything else is reported. */
export function findAction(
  step: object,
  path: Path,
  context: CompileContext,
  { noun, example, keys }: Form,
): StepMetadata | undefined {
  const { catalog } = context;
  const given = Object.keys(step);
  const article = noun === 'step' ? 'a' : 'an';
  const [action, second] = given.filter((key) => catalog.step(key));
  const unknown = given.filter((key) => !catalog.step(key) && !keys.has(key));
  if (action === undefined) {
    const candidates = unknown.filter((key) => !MODIFIERS.has(key));
    const candidate =
      candidates.find((key) => key.includes('.') || nearestName(key, catalog.actions) !== undefined) ?? candidates[0];
    if (candidate === undefined) context.report(`the ${noun} has no action`, path, `add one, such as \`${example}\``);
    else {
      const near = nearestName(candidate, [...catalog.actions, ...keys]);
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
    const actions = given.filter((key) => catalog.step(key)).map((name) => `"${name}"`);
    context.report(
      `${article} ${noun} has one action; this one has ${actions.join(' and ')}`,
      [...path, second],
      `make ${article} ${noun} of each`,
      'key',
    );
    return undefined;
  }
  for (const key of unknown) {
    const near = nearestName(key, [...keys, ...catalog.actions]);
    const all = `${article} ${noun} has an action and: ${[...keys].join(', ')}`;
    if (MODIFIERS.has(key))
      context.report(`\`${key}\` does not belong to ${article} ${noun}`, [...path, key], all, 'key');
    else context.report(`unknown key "${key}"`, [...path, key], near ? `did you mean "${near}"?` : all, 'key');
  }
  return catalog.step(action);
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

/** The first text of an input, or the command in it, or in the first item of a list in it. */
function namingValue({ properties }: JsonSchema, input: object): unknown {
  for (const [name, value] of Object.entries(input)) {
    const schema = properties?.[name];
    if (typeof value === 'string') return value;
    if (isCommand(schema)) return Array.isArray(value) ? value.join(' ') : value;
    const item: unknown = Array.isArray(value) ? value[0] : undefined;
    const fields = schema?.items?.properties;
    if (isMap(item) && Object.keys(item).some((key) => isCommand(fields?.[key])))
      return namingValue(schema!.items!, item);
  }
  return undefined;
}

const isCommand = (schema: JsonSchema | undefined): boolean => schema?.['x-evaluate'] === 'arguments';

const TITLE_LENGTH = 72;

/** The action with what it acts on: the command itself, or the input's first text. */
function titleOf({ name: action, input: schema }: StepMetadata, input: unknown): string {
  const words = Array.isArray(input)
    ? input
        .filter((item) => typeof item !== 'object')
        .map(String)
        .join(isCommand(schema) ? ' ' : ', ')
    : typeof input === 'object' && input !== null
      ? namingValue(schema, input)
      : input;
  const text =
    words === undefined || words === null || words === ''
      ? action
      : `${action} ${String(words).replaceAll(/\s+/g, ' ')}`;
  return text.length > TITLE_LENGTH ? `${text.slice(0, TITLE_LENGTH - 1)}…` : text;
}
