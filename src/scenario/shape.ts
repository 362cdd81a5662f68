import type { DeferredValue } from '../contracts/fields.js';
import type { JsonSchema } from '../contracts/schema.js';
import { formatQuantity, parseQuantity, type Quantity } from '../format/quantity.js';

/** Defaults and quantities of plain data; a deferred field of data that an expression gave is its own constant. */
export function plain(schema: JsonSchema, value: unknown): unknown {
  if (schema['x-deferred']) {
    const { 'x-deferred': _, ...inner } = schema;
    const once = plain(inner, value);
    return { constant: true, evaluate: () => once } satisfies DeferredValue<unknown>;
  }
  const branch = branchFor(schema, value);
  if (typeof value === 'string') {
    const quantity = quantityOf(branch);
    return quantity === undefined ? value : (parseQuantity(quantity, value) ?? value);
  }
  if (Array.isArray(value)) return branch.items ? value.map((item) => plain(branch.items!, item)) : value;
  if (typeof value !== 'object' || value === null || !branch.properties) return value;
  return withDefaults(
    branch,
    Object.fromEntries(
      Object.entries(value).map(([name, item]) => [name, plain(propertySchema(branch, name) ?? ANYTHING, item)]),
    ),
  );
}

export function withDefaults(schema: JsonSchema, value: Record<string, unknown>): Record<string, unknown> {
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (property.default !== undefined && !Object.hasOwn(value, name)) value[name] = plain(property, property.default);
  }
  return value;
}

/** The branch of a union that a value of this kind belongs to. */
export function branchFor(schema: JsonSchema, value: unknown): JsonSchema {
  if (!schema.anyOf) return schema;
  const kind = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  const fitting = schema.anyOf.filter((branch) => {
    const types = typeof branch.type === 'string' ? [branch.type] : branch.type;
    return types === undefined || types.includes(kind) || (kind === 'number' && types.includes('integer'));
  });
  const keys = kind === 'object' ? Object.keys(value as object) : []; // just seen to be an object
  const byKeys = fitting.find((branch) => keys.length > 0 && keys.every((key) => branch.properties?.[key]));
  const found = byKeys ?? fitting[0];
  return found ? branchFor(found, value) : {};
}

const quantityOf = (schema: JsonSchema): Quantity | undefined => schema['x-quantity'] as Quantity | undefined; // our own keyword

/** The schema of what may be any data. */
export const ANYTHING: JsonSchema = {};

/** Tells of a schema, and remembers it, whether it has one of these keywords, or a schema inside it does. */
export function schemaWith(...keywords: readonly string[]): (schema: JsonSchema) => boolean {
  const known = new WeakMap<JsonSchema, boolean>();
  const has = (schema: JsonSchema): boolean => {
    let found = known.get(schema);
    if (found === undefined) {
      const { properties = {}, items, additionalProperties, anyOf = [] } = schema;
      const inside = [...Object.values(properties), ...anyOf, items, additionalProperties];
      found =
        keywords.some((keyword) => schema[keyword] !== undefined) ||
        inside.some((one) => typeof one === 'object' && has(one));
      known.set(schema, found);
    }
    return found;
  };
  return has;
}

/** Has fields that stand for more than their value. */
export const isCompiled = schemaWith('x-evaluate', 'x-deferred', 'x-script');

export function holdsExpression(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('${{');
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsExpression);
}

/** Undefined: there is no such field. */
export function propertySchema(schema: JsonSchema, name: string): JsonSchema | undefined {
  const { properties, additionalProperties } = schema;
  if (properties && Object.hasOwn(properties, name)) return properties[name];
  if (typeof additionalProperties === 'object') return additionalProperties;
  const open = properties === undefined || additionalProperties === true;
  return open ? ANYTHING : undefined;
}

/** An expression's number in a quantity's place is in the base unit; written so that the validator sees what could have been written. */
export function asQuantity(schema: JsonSchema, value: unknown): unknown {
  const quantity = quantityOf(branchFor(schema, ''));
  if (quantity === undefined || typeof value !== 'number') return value;
  const units: Record<Quantity, string> = {
    duration: `${value}ms`,
    rate: `${value}/s`,
    size: `${value}B`,
    share: `${value * 100}%`,
  };
  return parseQuantity(quantity, units[quantity]) === undefined ? formatQuantity(quantity, value) : units[quantity];
}

/** An expression is evaluated after the steps beside it (`until`) and may name them, whatever the file says first. */
export function expressionsLast(names: readonly string[], schema: JsonSchema): readonly string[] {
  const isExpression = (name: string): boolean => propertySchema(schema, name)?.['x-evaluate'] === 'expression';
  return [...names.filter((name) => !isExpression(name)), ...names.filter(isExpression)];
}
