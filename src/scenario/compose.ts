import type { JsonSchema, StepMetadata } from '../contracts/schema.js';
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
    const above = kept['x-positive'] ? '(?=.*[1-9])' : '';
    const pattern = `^${above}(?:${QUANTITY_PATTERNS[quantity]})$|${EXPRESSION}`;
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
function queueSchema(steps: readonly StepMetadata[]): JsonSchema {
  const properties: Record<string, JsonSchema> = {};
  for (const name of QUEUE_DEFAULTS) {
    const owner = steps.find((step) => namesQueue(step.input) && step.input.properties?.[name]);
    const schema = owner?.input.properties?.[name];
    if (schema) properties[name] = { ...schema, default: undefined };
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

export function mapValues<A, B>(
  record: Readonly<Record<string, A>>,
  change: (value: A, key: string) => B,
): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));
}
