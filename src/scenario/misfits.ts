import type { Path } from '../contracts/result.js';
import type { JsonSchema, MatcherMetadata } from '../contracts/schema.js';
import { nearestName } from '../format/nearest.js';
import { parseQuantity, QUANTITY_EXAMPLES, type Quantity } from '../format/quantity.js';
import { formatValue, isMap } from '../format/value.js';
import type { ExpectationProblem } from './expectation.js';

type Matchers = Readonly<Record<string, MatcherMetadata>>;

/** What an expectation asks for that no result of this schema can have, and that would only fail at run time. */
export function* misfits(
  expected: unknown,
  result: JsonSchema,
  path: Path,
  matchers: Matchers,
): Generator<ExpectationProblem> {
  const options = optionsOf(result);
  if (options.some(isOpen)) return;
  if (Array.isArray(expected)) {
    const lists = options.filter((option) => hasType(option, 'array'));
    if (lists.length === 0) yield { path, message: 'the result is never a list here' };
    for (const [index, item] of expected.entries())
      yield* misfits(item, oneOf(lists.map((list) => list.items ?? {})), [...path, index], matchers);
  } else if (isMap(expected)) {
    for (const [key, value] of Object.entries(expected)) {
      if (key.startsWith('$')) yield* operandMisfits(key, value, result, [...path, key], matchers);
      else yield* keyMisfits(key, value, options, [...path, key], matchers);
    }
  } else if (typeof expected === 'string') yield* quantityMisfit(expected, options, path, '');
}

function* keyMisfits(
  key: string,
  value: unknown,
  options: readonly JsonSchema[],
  path: Path,
  matchers: Matchers,
): Generator<ExpectationProblem> {
  const maps = options.filter((option) => hasType(option, 'object'));
  if (maps.some((map) => map.properties === undefined || map.additionalProperties)) return;
  const found = maps.flatMap(({ properties = {} }) => (Object.hasOwn(properties, key) ? [properties[key]!] : []));
  if (found.length > 0) return yield* misfits(value, oneOf(found), path, matchers);
  const known = maps.flatMap((map) => Object.keys(map.properties ?? {}));
  const near = nearestName(key, known);
  yield {
    path,
    message: `the result has no ${formatValue(key)}`,
    onKey: true,
    ...(known.length > 0 && { next: near ? `did you mean "${near}"?` : `it has: ${known.join(', ')}` }),
  };
}

function* operandMisfits(
  name: string,
  operand: unknown,
  result: JsonSchema,
  path: Path,
  matchers: Matchers,
): Generator<ExpectationProblem> {
  const matcher = Object.hasOwn(matchers, name) ? matchers[name] : undefined;
  if (matcher?.quantity && typeof operand === 'string')
    yield* quantityMisfit(operand, optionsOf(result), path, `${name} `);
  if (name === '$not') yield* misfits(operand, result, path, matchers);
  if (matcher?.nested === undefined || ['$not', '$length'].includes(name)) return;
  const items = oneOf(optionsOf(result).flatMap((option) => (hasType(option, 'array') ? [option.items ?? {}] : [])));
  for (const [expected, inside] of matcher.nested === 'many' && Array.isArray(operand)
    ? operand.map((item, index) => [item, [...path, index]] as const)
    : [[operand, path] as const])
    yield* misfits(expected, items, inside, matchers);
}

/** Text where the result is a number: only a quantity that the number is declared to be can be meant. */
function* quantityMisfit(
  text: string,
  options: readonly JsonSchema[],
  path: Path,
  name: string,
): Generator<ExpectationProblem> {
  if (text.includes('${{') || options.some((option) => hasType(option, 'string'))) return;
  const quantity = quantityOf(oneOf(options));
  if (quantity !== undefined && parseQuantity(quantity, text) === undefined) {
    const examples = QUANTITY_EXAMPLES[quantity];
    yield { path, message: `${name}${formatValue(text)} is not a ${quantity}`, next: `write it like ${examples}` };
  }
  const isNumber = options.some((option) => hasType(option, 'number') || hasType(option, 'integer'));
  if (quantity === undefined && isNumber) {
    yield { path, message: `${name}${formatValue(text)} is text, and the result is a plain number here` };
  }
}

const optionsOf = (schema: JsonSchema): readonly JsonSchema[] => schema.anyOf?.flatMap(optionsOf) ?? [schema];

const oneOf = (options: readonly JsonSchema[]): JsonSchema => {
  const [only] = options;
  return only && options.length === 1 ? only : options.length === 0 ? {} : { anyOf: options };
};

/** Says nothing of the value. */
const isOpen = (schema: JsonSchema): boolean =>
  schema.type === undefined &&
  schema.properties === undefined &&
  schema.items === undefined &&
  schema.enum === undefined;

function hasType(schema: JsonSchema, type: string): boolean {
  if (schema.type === undefined) {
    return type === 'object' ? schema.properties !== undefined : type === 'array' && schema.items !== undefined;
  }
  return [schema.type].flat().includes(type);
}

/** The unit that a result is declared to have. */
export function quantityOf(schema: JsonSchema): Quantity | undefined {
  const own = schema['x-quantity'] as Quantity | undefined; // our own keyword
  return own ?? schema.anyOf?.map(quantityOf).find((quantity) => quantity !== undefined);
}

/** The first key of a path that a result of this schema can't have, with the keys that it has there. */
export function missingInResult(
  schema: JsonSchema,
  path: Path,
): { key: string; known: readonly string[]; at: number } | undefined {
  let options: readonly JsonSchema[] = [schema];
  for (const [at, key] of path.entries()) {
    options = options.flatMap((option) => option.anyOf ?? [option]);
    const next: JsonSchema[] = [];
    const known: string[] = [];
    for (const option of options) {
      if (typeof key === 'number' && option.items) next.push(option.items);
      else if (option.properties) {
        known.push(...Object.keys(option.properties));
        const property = Object.hasOwn(option.properties, key) ? option.properties[key] : undefined;
        if (property) next.push(property);
        else if (option.additionalProperties) return undefined;
      } else if (option.type === undefined || option.type === 'object') return undefined;
    }
    if (next.length === 0) return { key: String(key), known, at };
    options = next;
  }
  return undefined;
}
