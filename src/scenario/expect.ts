import type { Expectation } from '../contracts/case.js';
import type { Path } from '../contracts/result.js';
import type { JsonSchema } from '../contracts/schema.js';
import { parseQuantity, type Quantity } from '../format/quantity.js';
import { isMap } from '../format/value.js';
import type { CompileContext } from './context.js';
import { checkExpectation } from './expectation.js';
import { misfits, quantityOf } from './misfits.js';
import { branchFor } from './shape.js';
import type { CompiledValue } from './value.js';

/** Compiles `expect` or `expectError`, and checks it against the schema of what it will be matched with. */
export function compileExpectation(
  compiled: CompiledValue,
  result: JsonSchema,
  path: Path,
  context: CompileContext,
): Expectation {
  const problems = [
    ...checkExpectation(compiled.draft, context.catalog.matchers, context.catalog.loadedMatchers),
    ...misfits(compiled.draft, result, [], context.catalog.matchers),
  ];
  for (const { message, path: inside, next, onKey } of problems)
    context.report(message, [...path, ...inside], next, onKey ? 'key' : 'value');
  return {
    operators: [...operatorsIn(compiled.draft)],
    resolve: (scope) => withQuantities(compiled.finish(compiled.written(scope), scope), result),
    locate: (inside) => context.document.frame([...path, ...inside]),
    unitAt: (inside) => unitAt(inside, compiled.draft, result),
  };
}

function* operatorsIn(expected: unknown): Iterable<string> {
  if (Array.isArray(expected)) for (const item of expected) yield* operatorsIn(item);
  else if (isMap(expected)) {
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

/** Results have their quantities in these. */
const UNITS: Readonly<Record<Quantity, string | undefined>> = {
  duration: 'ms',
  size: 'B',
  rate: '/s',
  share: undefined,
};

function unitAt(path: Path, draft: unknown, result: JsonSchema): string | undefined {
  let schema: JsonSchema | undefined = result;
  let expected = draft;
  for (const key of path) {
    if (schema === undefined) return undefined;
    const branch = structureOf(schema, typeof key === 'number' ? 'array' : 'object');
    expected = isMap(expected) || Array.isArray(expected) ? Reflect.get(expected, key) : undefined;
    schema = typeof key === 'number' ? (branch?.items ?? schema) : schemaOf(key, expected, branch, schema);
  }
  const quantity = schema && quantityOf(schema);
  return quantity && UNITS[quantity];
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
      return isMap(value) ? { properties: { value: result, tolerance: withoutShare(result) } } : result;
  }
  return key.startsWith('$') ? result : branch?.properties?.[key];
}

/** A share as a tolerance is one of the value. */
const withoutShare = (result: JsonSchema): JsonSchema => (quantityOf(result) === 'share' ? {} : result);

function structureOf(schema: JsonSchema, kind: 'array' | 'object'): JsonSchema | undefined {
  const found = branchFor(schema, kind === 'array' ? [] : {});
  return found.items || found.properties ? found : undefined;
}
