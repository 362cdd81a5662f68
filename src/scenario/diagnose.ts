import type { Diagnostic } from '../contracts/diagnostic.js';
import type { Path } from '../contracts/result.js';
import type { JsonSchema, SchemaProblem } from '../contracts/schema.js';
import { nearestName } from '../format/nearest.js';
import { QUANTITY_EXAMPLES, type Quantity } from '../format/quantity.js';
import { formatValue, isMap } from '../format/value.js';
import { foldMisspelt, foldUnions, pointer, schemaAt, valueAt } from './folding.js';
import type { Excludes, Needs } from './keywords.js';
import { quoted } from './mangled.js';
import type { SourceDocument } from './source.js';

/** Turns what a validator says into one diagnostic a mistake, at its place in the file. */
export function diagnose(
  problems: readonly SchemaProblem[],
  schema: JsonSchema,
  value: unknown,
  at: { readonly document: SourceDocument; readonly path: Path },
): Diagnostic[] {
  const folded = foldMisspelt(foldUnions(problems, value), schema, value);
  return folded.map((problem) => {
    const relative = pointer(problem.instancePath);
    const path = [...at.path, ...relative];
    const { message, next, onKey } = explain(problem, {
      schema: schemaAt(schema, problem.schemaPath),
      value: valueAt(value, relative),
      name: nameOf(path),
      source: at.document.text(path),
    });
    const frame = at.document.frame(
      onKey === undefined ? path : [...path, onKey],
      onKey === undefined ? 'value' : 'key',
    );
    return { message, frame, ...(next !== undefined && { next }) };
  });
}

/** What holds the value: the last key above it. */
function nameOf(path: Path): string {
  const name = path.at(-1);
  return name === undefined || /^\d+$/.test(String(name)) ? 'this' : `"${name}"`;
}

/** The place that a problem is at. */
interface Place {
  readonly schema: JsonSchema;
  readonly value: unknown;
  readonly name: string;
  /** As it stands in the file. */
  readonly source: string;
}

interface Explanation {
  readonly message: string;
  readonly next?: string;
  readonly onKey?: string;
}

const NAME_PATTERN = '^[A-Za-z_][A-Za-z0-9_]*$';
const NAME_RULE = 'names are letters, digits and _, and begin with a letter or _';

function explain(problem: SchemaProblem, place: Place): Explanation {
  const { schema, name } = place;
  switch (problem.keyword) {
    case 'additionalProperties':
    case 'unevaluatedProperties': {
      const key = String(problem.params.additionalProperty);
      const known = Object.keys(schema.properties ?? {});
      const near = nearestName(key, known);
      return {
        message: `unknown key "${key}"`,
        onKey: key,
        ...(known.length > 0 && { next: near ? `did you mean "${near}"?` : `known keys: ${known.join(', ')}` }),
      };
    }
    case 'required': {
      const key = String(problem.params.missingProperty);
      const example = schema.properties?.[key];
      return { message: `"${key}" is missing`, ...(example && { next: `add \`${key}:\` with ${describe(example)}` }) };
    }
    case 'atLeastOneOf':
      return {
        message: `${name} needs ${orList((schema.atLeastOneOf as readonly string[]).map((key) => `"${key}"`))}`,
      }; // our own keyword
    case 'exactlyOneOf': {
      const names = (schema.exactlyOneOf as readonly string[]) ?? []; // our own keyword
      const given = names.filter((key) => Object.hasOwn(place.value as object, key)); // checked on mappings alone
      const list = names.map((key) => `"${key}"`);
      return given.length === 0
        ? { message: `${name} needs ${orList(list)}` }
        : { message: `${name} takes one of ${orList(list)}, not both`, onKey: given.at(-1)! };
    }
    case 'excludes': {
      const { key, other } = problem.params as { key: string; other: string }; // our own keyword
      const { [key]: others = {} } = schema.excludes as Excludes;
      return { message: `"${key}" does not go with "${other}"`, onKey: key, next: others[other]! };
    }
    case 'needs': {
      const key = String(problem.params.key);
      const { of, is, next } = (schema.needs as Needs)[key]!; // our own keyword
      const wanted = of.map((name) => (is === undefined ? `"${name}"` : `\`${name}: ${is}\``));
      return { message: `"${key}" needs ${orList(wanted)}`, onKey: key, next };
    }
    case 'propertyNames': {
      const key = String(problem.params.propertyName);
      return {
        message: `the name ${formatValue(key)} is not allowed`,
        onKey: key,
        next: NAME_RULE,
      };
    }
    case 'pattern':
      return schema.pattern === NAME_PATTERN && typeof place.value === 'string'
        ? { message: `${name} cannot be ${formatValue(place.value)}`, next: NAME_RULE }
        : mistyped(place);
    case 'minItems':
      return { message: `${name} is an empty list`, next: 'give at least one item' };
    case 'minProperties':
      return { message: `${name} is empty` };
    case 'minLength':
      return { message: `${name} is an empty text` };
    case 'uniqueItems':
      return { message: `${name} names something twice` };
    default:
      return mistyped(place);
  }
}

const UNITS: Record<Quantity, readonly string[]> = { duration: ['ms', 's'], rate: ['/s'], size: ['B'], share: ['%'] };

function mistyped({ schema, value, name, source }: Place): Explanation {
  const wanted = describe(schema);
  const message = `${name} must be ${wanted}, not ${shown(value)}`;
  const quantity = quantityOf(schema) ?? schema.anyOf?.map(quantityOf).find((found) => found !== undefined);
  if (quantity !== undefined && typeof value === 'number') {
    const written = UNITS[quantity].map((unit) => `${value}${unit}`);
    return { message, next: `write the unit: ${orList(written)}` };
  }
  if (schema['x-evaluate'] === 'expression' && typeof value === 'object') {
    if (source === '') return { message };
    return { message, next: source.includes('\n') ? 'write it as text' : `quote it: ${quoted(source)}` };
  }
  const words = wordsOf(schema);
  if (words.length > 0 && typeof value === 'string') {
    const near = nearestName(value, words);
    if (near) return { message, next: `did you mean "${near}"?` };
  }
  const isPlain = ['number', 'bigint', 'boolean'].includes(typeof value) && !/^$|\$\{\{/.test(source);
  if (schema.type === 'string' && quantity === undefined && isPlain)
    return { message, next: `quote it: ${quoted(source)}` };
  const [example] = schema.examples ?? [];
  return isMap(example) ? { message, next: `for example ${formatValue(example)}` } : { message };
}

function shown(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  return typeof value === 'string'
    ? `the text ${formatValue(value, { maxLength: 60 })}`
    : `the ${typeof value === 'bigint' ? 'number' : typeof value} ${formatValue(value)}`;
}

const quantityOf = (schema: JsonSchema): Quantity | undefined => schema['x-quantity'] as Quantity | undefined; // our own keyword

function wordsOf(schema: JsonSchema): string[] {
  const own = (schema.enum ?? []).map(String);
  return [...own, ...(schema.anyOf ?? []).flatMap(wordsOf)];
}

/** What a schema asks for, in words. */
export function describe(schema: JsonSchema): string {
  const quantity = quantityOf(schema);
  if (quantity) return `a ${quantity}${schema['x-positive'] ? ' above 0,' : ''} such as ${QUANTITY_EXAMPLES[quantity]}`;
  if (schema.items?.$ref === '#/$defs/step') return 'a list of steps';
  if (schema.items?.$ref === '#/$defs/invariant') return 'a list of invariants';
  switch (schema['x-evaluate']) {
    case 'expression':
      return 'an expression';
    case 'arguments':
      return 'a command: one string, or a list of arguments';
    case 'steps':
      return 'a list of steps';
    case 'include':
    case 'text-file':
      return "a file's path";
  }
  const words = wordsOf(schema);
  if (words.length > 0 && (schema.anyOf ?? []).every((branch) => branch.enum || branch.pattern)) return orList(words);
  if (schema.anyOf)
    return orList([...new Set(schema.anyOf.filter((branch) => !isExpressionOnly(branch)).map(describe))]);
  const types = typeof schema.type === 'string' ? [schema.type] : [...(schema.type ?? [])];
  const named = types.filter((type) => types.length === 1 || type !== 'string' || schema.pattern === undefined);
  return orList(named.map((type) => typeInWords(type, schema))) || 'a value';
}

const isExpressionOnly = (schema: JsonSchema): boolean =>
  schema.type === 'string' && quantityOf(schema) === undefined && schema.pattern?.includes('{\\{') === true;

function typeInWords(type: string, schema: JsonSchema): string {
  switch (type) {
    case 'integer':
      if (schema.minimum === undefined) return 'a whole number';
      return schema.maximum === undefined
        ? `a whole number of at least ${schema.minimum}`
        : `a whole number from ${schema.minimum} to ${schema.maximum}`;
    case 'number':
      return `a number${limitsOf(schema)}`;
    case 'boolean':
      return 'true or false';
    case 'array':
      return schema.items ? `a list of ${plural(describe(schema.items))}` : 'a list';
    case 'object':
      return 'a mapping';
    case 'null':
      return 'null';
    default:
      return 'text';
  }
}

function limitsOf({ minimum, exclusiveMinimum, maximum }: JsonSchema): string {
  const least =
    exclusiveMinimum === undefined ? minimum !== undefined && `of at least ${minimum}` : `above ${exclusiveMinimum}`;
  const most = maximum !== undefined && `up to ${maximum}`;
  const limits = [least, most].filter((limit) => limit !== false);
  return limits.length === 0 ? '' : ` ${limits.join(', ')}`;
}

const plural = (words: string): string =>
  words.startsWith('a command: ')
    ? 'commands'
    : words.startsWith('a list of ')
      ? `lists of ${words.slice(10)}`
      : words.replace(/^an? /, '').replace(/^(mapping|number|whole number|expression|value)$/, '$1s');

export const orList = (words: readonly string[]): string =>
  words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
