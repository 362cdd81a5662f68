import { stringify } from 'yaml';
import type { JsonSchema, StepMetadata } from '../contracts/schema.js';
import { QUANTITY_EXAMPLES, type Quantity } from '../format/quantity.js';
import { mapValues } from './compose.js';

/** What the published schema has beyond what validates: for people who write in an editor. */

/**
 * The same values are valid, but a mistake gives one message, at its place: an editor shows all that it finds, where
 * `validate` folds what belongs together.
 */
export function forEditors(schema: JsonSchema): JsonSchema {
  const { properties, items, additionalProperties, anyOf } = schema;
  const inner: JsonSchema = {
    ...schema,
    ...(properties && { properties: mapValues(properties, forEditors) }),
    ...(items && { items: forEditors(items) }),
    ...(typeof additionalProperties === 'object' && { additionalProperties: forEditors(additionalProperties) }),
    ...(anyOf && { anyOf: anyOf.map(forEditors) }),
  };
  return described(demandLast(unbranched(inner)));
}

/** Text or a collection: told apart by type, so that a mistake inside the collection is shown where it is. */
function unbranched(schema: JsonSchema): JsonSchema {
  const { anyOf, ...rest } = schema;
  const [text, collection, ...others] = anyOf ?? [];
  if (text?.type !== 'string' || !Array.isArray(collection?.type) || others.length > 0) return schema;
  const { pattern: _, patternErrorMessage: __, type, ...shape } = collection;
  return { ...text, ...rest, type, allOf: [shape] };
}

/** A misspelt key is not a missing one as well. */
function demandLast(schema: JsonSchema): JsonSchema {
  const { required = [], ...rest } = schema;
  if (required.length === 0) return rest;
  if (schema.additionalProperties !== false) return schema;
  const known = { propertyNames: { enum: Object.keys(schema.properties ?? {}) } };
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema, never awaited
  return { ...rest, if: known, then: { required } };
}

/** Editors show `markdownDescription` as hover text, and a `description` with its marks escaped. */
function described(schema: JsonSchema): JsonSchema {
  const { description = '', pattern } = schema;
  return {
    ...schema,
    ...(/[`*_]/.test(description) && { markdownDescription: description }),
    ...(pattern !== undefined && !schema.patternErrorMessage && patternMessage(schema)),
  };
}

function patternMessage(schema: JsonSchema): { patternErrorMessage?: string } {
  const quantity = schema['x-quantity'] as Quantity | undefined; // our own keyword
  if (quantity !== undefined)
    return { patternErrorMessage: `Not a ${quantity} (${QUANTITY_EXAMPLES[quantity]}), or an expression` };
  const kinds = [schema.type ?? []].flat().filter((kind) => kind !== 'string');
  if (kinds.length === 0) return {};
  return { patternErrorMessage: `Not a value of type ${kinds.join(' or ')}, or an expression` };
}

/** What an action's completion writes: its first example in one line, each field a place to stop at. */
export function snippetOf({ name, summary, examples: [example] }: StepMetadata): JsonSchema {
  const stop = (value: unknown, place: number): string => `\${${place}:${inOneLine(value).replace(/[\\$}]/g, '\\$&')}}`;
  const body = isMapping(example)
    ? mappingOf(Object.entries(example).map(([key, value], index) => [key, stop(value, index + 1)]))
    : stop(example, 1);
  return { label: name, description: summary, body };
}

const isMapping = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const mappingOf = (entries: readonly (readonly [string, string])[]): string =>
  `{ ${entries.map(([key, value]) => `${inOneLine(key)}: ${value}`).join(', ')} }`;

function inOneLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inOneLine).join(', ')}]`;
  if (isMapping(value)) return mappingOf(Object.entries(value).map(([key, item]) => [key, inOneLine(item)]));
  // Quoted as it must be inside a flow collection.
  return stringify([value], { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: false })
    .trim()
    .slice(1, -1);
}
