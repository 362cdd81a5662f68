import type { Ajv2020 } from 'ajv/dist/2020.js';
import { type Builtin, checkers, matchers, steps } from '../builtins.js';
import type { JsonSchema, StepMetadata } from '../contracts/schema.js';
import type { StepDefinition } from '../contracts/step.js';
import { CAPABILITIES } from '../contracts/target.js';
import { ScenarioError } from '../errors.js';
import { catalogText, stepTexts } from '../generated/catalog.js';
import generated from '../generated/validators.cjs';
import { Catalog, type CatalogData, type LazyUnit } from '../scenario/catalog.js';
import { adaptValidators } from '../scenario/validation.js';

const byName = <T>(units: readonly Builtin<T>[]): ReadonlyMap<string, LazyUnit<T>> =>
  new Map(units.map((unit) => [unit.name, unit]));

/** The units that ship. */
export function builtinCatalog(): Catalog {
  const others = JSON.parse(catalogText) as Omit<CatalogData, 'steps'>; // what the build wrote
  const data = { ...others, steps: parsedWhenAsked(stepTexts) };
  return new Catalog(data, adaptValidators(generated), byName(steps), byName(matchers), byName(checkers));
}

function parsedWhenAsked(texts: Readonly<Record<string, string>>): Readonly<Record<string, StepMetadata>> {
  const parsed: Record<string, StepMetadata> = {};
  const all: Record<string, StepMetadata> = {};
  for (const [name, text] of Object.entries(texts)) {
    const get = () => (parsed[name] ??= JSON.parse(text) as StepMetadata); // what the build wrote
    Object.defineProperty(all, name, { enumerable: true, get });
  }
  return all;
}

/** The units that ship and those of plugins, whose schemas are compiled now. */
export async function catalogWith(plugins: readonly unknown[], catalog: Catalog): Promise<Catalog> {
  if (plugins.length === 0) return catalog;
  const [{ Ajv2020 }, { keywords }, { stepMetadata }, { schemasToValidate }] = await Promise.all([
    import('ajv/dist/2020.js'),
    import('../scenario/keywords.js'),
    import('../scenario/metadata.js'),
    import('../scenario/validation.js'),
  ]);
  const added = [...new Set(plugins)].map((unit) => checkedStep(unit, catalog));
  for (const [index, { name }] of added.entries()) {
    if (added.findIndex((unit) => unit.name === name) < index) throw pluginError(name, 'comes from two plugins');
  }
  const data: CatalogData = {
    ...catalog.data,
    steps: { ...catalog.data.steps, ...Object.fromEntries(added.map((unit) => [unit.name, stepMetadata(unit)])) },
  };
  const ajv = new Ajv2020({ allErrors: true, strict: false });
  for (const keyword of keywords) ajv.addKeyword(keyword);
  const names = new Set(added.map((unit) => `step:${unit.name}`));
  const compiled = [...schemasToValidate(data)]
    .filter(([name]) => names.has(name))
    .map(([name, schema]) => [name, compileSchema(ajv, name.slice('step:'.length), schema)]);
  const loaders = new Map([
    ...byName(steps),
    ...added.map((unit) => [unit.name, { name: unit.name, load: async () => unit }] as const),
  ]);
  return new Catalog(
    data,
    { ...adaptValidators(generated), ...adaptValidators(Object.fromEntries(compiled)) },
    loaders,
    byName(matchers),
    byName(checkers),
  );
}

function compileSchema(ajv: Ajv2020, name: string, schema: JsonSchema): unknown {
  try {
    return ajv.compile(schema);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw pluginError(name, `has an input that is no JSON Schema: ${message}`, cause);
  }
}

const pluginError = (name: unknown, message: string, cause?: unknown): ScenarioError =>
  new ScenarioError(`the plugin's action ${JSON.stringify(name ?? null)} ${message}`, {
    next: 'see docs/plugins.md',
    cause,
  });

const NAME = /^[a-z][A-Za-z0-9]*(?:\.[a-z][A-Za-z0-9]*)?$/;

/** A plugin comes from outside: what it lacks is told before anything uses it. */
function checkedStep(unit: unknown, catalog: Catalog): StepDefinition {
  const step = unit as Partial<StepDefinition>; // checked here
  const name = typeof step.name === 'string' ? step.name : '';
  const fail = (message: string): never => {
    throw pluginError(step.name, message);
  };
  if (!NAME.test(name)) return fail('needs a name such as "area.verb"');
  if (catalog.step(name)) return fail('has the name of an action that ships');
  const { modifiers, invariant } = catalog.data;
  if (Object.hasOwn({ ...modifiers.properties, ...invariant.properties }, name))
    return fail('has the name of a modifier');
  if (typeof step.input !== 'object' || typeof step.result !== 'object')
    return fail('needs `input` and `result`, as JSON Schemas');
  if (typeof step.run !== 'function') return fail('needs a function `run`');
  const strange = (step.capabilities ?? []).find((name) => !CAPABILITIES.includes(name));
  if (strange !== undefined) return fail(`needs ${strange}, which is none of ${CAPABILITIES.join(', ')}`);
  return {
    ...step,
    summary: step.summary ?? '',
    examples: step.examples ?? [],
    effect: step.effect ?? 'changes',
  } as StepDefinition; // checked above
}
