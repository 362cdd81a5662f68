import type { JsonSchema } from '../contracts/schema.js';
import { QUANTITY_EXAMPLES, type Quantity } from '../format/quantity.js';
import { formatValue } from '../format/value.js';
import { describe, orList } from './diagnose.js';
import type { Excludes, Needs } from './keywords.js';

/** One field of an input or a result, in words. */
export interface FieldDescription {
  /** With a question mark when it may be left out; dots lead inside. */
  readonly name: string;
  readonly type: string;
  readonly description: string;
}

/** The fields of an input or a result; one row named `=` for what is no mapping. */
export function describeFields(schema: JsonSchema, prefix = ''): FieldDescription[] {
  const { properties } = schema;
  if (!properties)
    return prefix === '' ? [{ name: '=', type: typeOf(schema), description: schema.description ?? '' }] : [];
  return Object.entries(properties).flatMap(([name, field]) => {
    const optional = !(schema.required ?? []).includes(name) || field.default !== undefined;
    const row = {
      name: `${prefix}${name}${optional ? '?' : ''}`,
      type: typeOf(field),
      description: descriptionOf(field),
    };
    const items = itemsOf(field);
    if (items) return [row, ...describeFields(items, `${prefix}${name}[].`)];
    return [row, ...(field.properties ? describeFields(field, `${prefix}${name}.`) : [])];
  });
}

/** Which of an input's fields go together, in sentences. */
export function describeRules({ exactlyOneOf, atLeastOneOf, excludes = {}, needs = {} }: JsonSchema): string[] {
  const names = (list: readonly string[]): string => orList(list.map((name) => `\`${name}\``));
  return [
    ...(exactlyOneOf ? [`It takes one of ${names(exactlyOneOf as readonly string[])}.`] : []), // our own keywords
    ...(atLeastOneOf ? [`It takes at least one of ${names(atLeastOneOf as readonly string[])}.`] : []),
    ...Object.entries(excludes as Excludes).map(
      ([key, others]) => `\`${key}\` does not go with ${names(Object.keys(others))}.`,
    ),
    ...Object.entries(needs as Needs).map(([key, { of }]) => `\`${key}\` needs ${names(of)}.`),
  ];
}

const itemsOf = ({ items }: JsonSchema): JsonSchema | undefined => (items?.properties ? items : undefined);

const descriptionOf = ({ description, anyOf = [] }: JsonSchema): string =>
  description ?? anyOf.find((branch) => branch.description !== undefined)?.description ?? '';

function typeOf(schema: JsonSchema): string {
  const fallback = schema.default === undefined ? '' : `, default ${formatValue(schema.default)}`;
  return `${kindOf(schema)}${fallback}`;
}

function kindOf(schema: JsonSchema): string {
  if (schema['x-deferred']) {
    const scope = (schema['x-scope'] as readonly string[] | undefined) ?? []; // our own keyword
    return `${kindOf({ ...schema, 'x-deferred': undefined })}, evaluated each time with ${scope.join(', ')}`;
  }
  const quantity = schema['x-quantity'] as Quantity | undefined; // our own keyword
  if (quantity && schema.type === 'number') return `${NUMBER_OF[quantity]}`;
  if (quantity) return `${quantity} (${QUANTITY_EXAMPLES[quantity]})`;
  if (schema['x-evaluate'] === 'expression') {
    const scope = (schema['x-scope'] as readonly string[] | undefined) ?? []; // our own keyword
    return scope.length > 0 ? `expression with ${scope.join(', ')}` : 'expression';
  }
  // A result's number in a union would else be described by how an input writes it.
  if (schema.anyOf?.some((branch) => branch['x-quantity'] !== undefined && branch.type === 'number')) {
    return schema.anyOf.map(kindOf).join(' or ');
  }
  const words = describe(schema);
  return words === 'a value' ? 'any value' : words.replace(/^an? /, '');
}

const NUMBER_OF: Record<Quantity, string> = {
  duration: 'milliseconds',
  rate: 'per second',
  size: 'bytes',
  share: 'from 0 to 1',
};
