import type { JsonSchema, MatcherMetadata, StepMetadata } from '../contracts/schema.js';
import { QUANTITY_EXAMPLES, QUANTITY_PATTERNS, type Quantity } from '../format/quantity.js';

/** What a queue's declaration may set for every step that names the queue. */
const QUEUE_DEFAULTS = [
  'backend',
  'delivery',
  'group',
  'visibility',
  'retry',
  'maxDeliveries',
  'deadLetter',
  'envelope',
  'identity',
  'workers',
  'producers',
  'handler',
] as const;

const EXPRESSION = '\\$\\{\\{';

/**
 * The schema of a value as it is written: wherever a value may stand, an expression may stand for it.
 * Scalars get a pattern that only strings are held to, so that no `anyOf` doubles each error.
 */
export function asWritten(schema: JsonSchema): JsonSchema {
  const { default: fallback, ...rest } = schema;
  const kept: JsonSchema = fallback === undefined ? rest : { ...rest, default: fallback };
  if (kept['x-evaluate'] !== undefined) return kept;
  const quantity = kept['x-quantity'] as Quantity | undefined; // our own keyword
  if (quantity !== undefined) {
    const pattern = `^(?:${QUANTITY_PATTERNS[quantity]})$|${EXPRESSION}`;
    return {
      ...kept,
      type: 'string',
      pattern,
      examples: kept.examples ?? QUANTITY_EXAMPLES[quantity].split(/, | or /),
    };
  }
  if (kept.enum !== undefined) {
    const { enum: words, type: _, ...others } = kept;
    return { ...others, anyOf: [{ enum: words }, { type: 'string', pattern: EXPRESSION }] };
  }
  if (kept.anyOf !== undefined) return { ...kept, anyOf: kept.anyOf.map(asWritten) };
  const inner: JsonSchema = {
    ...kept,
    ...(kept.properties && { properties: mapValues(kept.properties, asWritten), ...requiredOf(kept) }),
    ...(kept.items && { items: asWritten(kept.items) }),
    ...(typeof kept.additionalProperties === 'object' && {
      additionalProperties: asWritten(kept.additionalProperties),
    }),
  };
  if (kept.properties && kept.additionalProperties === undefined) Object.assign(inner, { additionalProperties: false });
  const { type } = kept;
  if (typeof type !== 'string' || type === 'string' || type === 'null') return inner;
  return { ...inner, type: [type, 'string'], pattern: EXPRESSION };
}

/** A property with a default need not be written. */
function requiredOf(schema: JsonSchema): { required?: readonly string[] } {
  const required = (schema.required ?? []).filter((name) => schema.properties?.[name]?.default === undefined);
  return { required };
}

/** The schema of one action's input as it is written. */
export const inputSchema = (step: StepMetadata): JsonSchema => asWritten(step.input);

/** The schema of one entry of `queues`. */
export function queueSchema(steps: readonly StepMetadata[]): JsonSchema {
  const properties: Record<string, JsonSchema> = {};
  for (const name of QUEUE_DEFAULTS) {
    const owner = steps.find((step) => namesQueue(step.input) && step.input.properties?.[name]);
    const schema = owner?.input.properties?.[name];
    if (schema) properties[name] = asWritten({ ...schema, default: undefined });
  }
  return { type: 'object', properties, additionalProperties: false };
}

const namesQueue = (input: JsonSchema): boolean =>
  Object.values(input.properties ?? {}).some((field) => field['x-inherits'] === 'queues');

/** The document schema with `queues` filled in. */
export function withQueues(document: JsonSchema, steps: readonly StepMetadata[]): JsonSchema {
  const queues = { ...document.properties?.queues, additionalProperties: queueSchema(steps) };
  return { ...document, properties: { ...document.properties, queues } };
}

export interface Language {
  readonly document: JsonSchema;
  readonly modifiers: JsonSchema;
  readonly invariant: JsonSchema;
}

/**
 * The published schema of a scenario file: one flat step schema with every action and modifier as a property,
 * which editors complete well, and which gives one error for one typo.
 */
export function composeScenarioSchema(
  language: Language,
  steps: readonly StepMetadata[],
  matchers: readonly MatcherMetadata[],
): JsonSchema {
  const definitions = Object.fromEntries(steps.map((step) => [step.name, describeInput(step)]));
  const operators = matchers.map((matcher) => `\`${matcher.name}\` ${matcher.summary}`).join('\n');
  const looking = steps.filter((step) => step.effect === 'looks');
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'https://redrill.dev/schema/scenario.schema.json',
    title: 'Redrill scenario',
    ...withMarkdown(asWritten(withQueues(language.document, steps))),
    $defs: {
      step: describeStep('One action with its modifiers.', steps, language.modifiers, operators),
      invariant: describeStep(
        'One action that only looks, and what its result must match each time.',
        looking,
        language.invariant,
        operators,
      ),
      ...definitions,
    },
  };
}

function describeStep(
  description: string,
  steps: readonly StepMetadata[],
  modifiers: JsonSchema,
  operators: string,
): JsonSchema {
  const own = withMarkdown(asWritten(modifiers)).properties;
  const expect = own?.expect ?? {};
  return {
    type: 'object',
    description,
    properties: {
      ...Object.fromEntries(steps.map((step) => [step.name, { $ref: `#/$defs/${step.name}` }])),
      ...own,
      expect: { ...expect, markdownDescription: `${expect.description ?? ''}\n\nOperators:\n\n${operators}` },
    },
    additionalProperties: false,
    exactlyOneOf: steps.map((step) => step.name),
  };
}

function describeInput(step: StepMetadata): JsonSchema {
  const results = Object.keys(step.result.properties ?? {});
  const result = results.length > 0 ? `\n\nResult: \`{ ${results.join(', ')} }\`` : '';
  return {
    ...withMarkdown(inputSchema(step)),
    description: step.summary,
    markdownDescription: `**${step.name}**: ${step.summary}${result}`,
    examples: step.examples,
  };
}

/** Editors show `markdownDescription` as hover text; it is the description unless something richer is given. */
function withMarkdown(schema: JsonSchema): JsonSchema {
  const text = schema.description;
  return {
    ...schema,
    ...(text !== undefined && { markdownDescription: text }),
    ...(schema.properties && { properties: mapValues(schema.properties, withMarkdown) }),
  };
}

export function mapValues<A, B>(
  record: Readonly<Record<string, A>>,
  change: (value: A, key: string) => B,
): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));
}
