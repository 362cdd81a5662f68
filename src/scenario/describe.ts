import type { JsonSchema } from '../contracts/schema.js';
import { QUANTITY_EXAMPLES, type Quantity } from '../format/quantity.js';
import { formatValue } from '../format/value.js';
import { describe } from './diagnose.js';

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
    const inner = field.properties ? field : undefined;
    return [row, ...(inner ? describeFields(inner, `${prefix}${name}.`) : [])];
  });
}

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
