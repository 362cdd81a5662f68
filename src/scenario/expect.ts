import type { Expectation } from '../contracts/case.js';
import type { Path } from '../contracts/result.js';
import type { JsonSchema } from '../contracts/schema.js';
import { nearestName } from '../format/nearest.js';
import { parseQuantity, type Quantity } from '../format/quantity.js';
import { type CompileContext, missingInResult } from './context.js';
import { checkExpectation } from './expectation.js';
import { branchFor, type CompiledValue } from './value.js';

/** Compiles `expect` or `expectError`, and checks it against the schema of what it will be matched with. */
export function compileExpectation(
  compiled: CompiledValue,
  result: JsonSchema,
  path: Path,
  context: CompileContext,
): Expectation {
  for (const problem of checkExpectation(compiled.draft, context.catalog.matchers, context.catalog.loadedMatchers)) {
    const part = problem.message.startsWith('unknown') ? 'key' : 'value';
    context.report(problem.message, [...path, ...problem.path], problem.next, part);
  }
  checkKeys(compiled.draft, result, path, [], context);
  return {
    operators: [...operatorsIn(compiled.draft)],
    resolve: (scope) => withQuantities(compiled.finish(compiled.written(scope), scope), result),
    locate: (inside) => context.document.frame([...path, ...inside]),
  };
}

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The subset of a mapping names keys of the result; one that the result never has would only fail at run time. */
function checkKeys(expected: unknown, result: JsonSchema, path: Path, inside: Path, context: CompileContext): void {
  if (Array.isArray(expected)) {
    for (const [index, item] of expected.entries()) checkKeys(item, result, path, [...inside, index], context);
    return;
  }
  if (!isMapping(expected)) return;
  for (const [key, value] of Object.entries(expected)) {
    if (key.startsWith('$')) continue;
    const missing = missingInResult(result, [...inside.filter((part) => !String(part).startsWith('$')), key]);
    if (missing && missing.key === key) {
      const near = nearestName(key, missing.known);
      const next = near ? `did you mean "${near}"?` : `it has: ${missing.known.join(', ')}`;
      context.report(
        `the result has no "${key}"`,
        [...path, ...inside, key],
        missing.known.length > 0 ? next : undefined,
        'key',
      );
      continue;
    }
    checkKeys(value, result, path, [...inside, key], context);
  }
}

function* operatorsIn(expected: unknown): Iterable<string> {
  if (Array.isArray(expected)) for (const item of expected) yield* operatorsIn(item);
  else if (isMapping(expected)) {
    for (const [key, value] of Object.entries(expected)) {
      if (key.startsWith('$')) yield key;
      yield* operatorsIn(value);
    }
  }
}

/** Turns `20ms` into 20 where the result declares a quantity at that place, and only there. */
function withQuantities(expected: unknown, result: JsonSchema | undefined): unknown {
  if (result === undefined || expected === null) return expected;
  if (typeof expected === 'string') {
    const quantity = quantityOf(result);
    return quantity === undefined ? expected : (parseQuantity(quantity, expected) ?? expected);
  }
  if (typeof expected !== 'object') return expected;
  const branch = structureOf(result, Array.isArray(expected) ? 'array' : 'object');
  if (Array.isArray(expected))
    return expected.map((item) => withQuantities(item, branch?.items ?? (quantityOf(result) ? result : undefined)));
  return Object.fromEntries(
    Object.entries(expected).map(([key, value]) => [key, withQuantities(value, schemaOf(key, value, branch, result))]),
  );
}

function schemaOf(
  key: string,
  value: unknown,
  branch: JsonSchema | undefined,
  result: JsonSchema,
): JsonSchema | undefined {
  switch (key) {
    case '$every':
    case '$some':
    case '$contains':
      return structureOf(result, 'array')?.items;
    case '$length':
    case '$type':
    case '$exists':
    case '$schema':
    case '$matches':
      return undefined;
    case '$approx':
      return isMapping(value) ? { properties: { value: result, tolerance: withoutShare(result) } } : result;
  }
  return key.startsWith('$') ? result : branch?.properties?.[key];
}

/** A share as a tolerance is one of the value. */
const withoutShare = (result: JsonSchema): JsonSchema => (quantityOf(result) === 'share' ? {} : result);

function structureOf(schema: JsonSchema, kind: 'array' | 'object'): JsonSchema | undefined {
  const found = branchFor(schema, kind === 'array' ? [] : {});
  return found.items || found.properties ? found : undefined;
}

function quantityOf(schema: JsonSchema): Quantity | undefined {
  const own = schema['x-quantity'] as Quantity | undefined; // our own keyword
  return own ?? schema.anyOf?.map(quantityOf).find((quantity) => quantity !== undefined);
}
