import type { Matcher } from '../contracts/matcher.js';
import type { Path } from '../contracts/result.js';
import type { JsonSchema, MatcherMetadata } from '../contracts/schema.js';
import { nearestName } from '../format/nearest.js';
import { formatValue, isMap } from '../format/value.js';
import { holdsExpression } from './shape.js';

export interface ExpectationProblem {
  /** From the expectation on. */
  readonly path: Path;
  readonly message: string;
  readonly next?: string;
  /** The key itself is wrong, not its value. */
  readonly onKey?: true;
}

type Known = Readonly<Record<string, MatcherMetadata>>;
type Loaded = ReadonlyMap<string, Pick<Matcher, 'check'>>;

/**
 * What is wrong with an expectation as it is written. A string that holds an expression may come to anything, so it is
 * not judged. What only a matcher itself can judge (a pattern's syntax) is judged by those in `loaded`.
 */
export function checkExpectation(
  expected: unknown,
  matchers: Known,
  loaded: Loaded = new Map(),
): readonly ExpectationProblem[] {
  if (isMap(expected) && Object.keys(expected).length === 0) {
    return [{ path: [], message: 'an empty expect is invalid: it proves nothing', next: 'name a key of the result' }];
  }
  return [...problemsIn(expected, [], matchers, loaded)];
}

function* problemsIn(expected: unknown, path: Path, matchers: Known, loaded: Loaded): Generator<ExpectationProblem> {
  if (Array.isArray(expected)) {
    for (const [index, item] of expected.entries()) yield* problemsIn(item, [...path, index], matchers, loaded);
    return;
  }
  if (!isMap(expected)) return;
  const keys = Object.keys(expected);
  const operator = keys.find((key) => key.startsWith('$'));
  const plain = keys.find((key) => !key.startsWith('$'));
  if (operator !== undefined && plain !== undefined) {
    yield {
      path: [...path, operator],
      onKey: true,
      message: `the operator ${operator} stands beside the key ${formatValue(plain)}: a mapping holds operators or keys`,
      next: 'put the operator under the key that it judges, or use $eq for data whose keys begin with "$"',
    };
    return;
  }
  for (const key of keys) {
    const inside = [...path, key];
    if (operator === undefined) yield* problemsIn(expected[key], inside, matchers, loaded);
    else yield* operatorProblems(key, expected[key], inside, matchers, loaded);
  }
}

function* operatorProblems(
  name: string,
  operand: unknown,
  path: Path,
  matchers: Known,
  loaded: Loaded,
): Generator<ExpectationProblem> {
  const matcher = Object.hasOwn(matchers, name) ? matchers[name] : undefined;
  if (!matcher) {
    const nearest = nearestName(name, Object.keys(matchers));
    const next = nearest ? `did you mean ${nearest}?` : `the operators are ${Object.keys(matchers).join(' ')}`;
    yield { path, message: `unknown operator ${formatValue(name)}`, next, onKey: true };
    return;
  }
  if (!fits(operand, matcher.operand)) {
    const takes = matcher.operand.description ?? 'another operand';
    yield { path, message: `${name} takes ${takes}, not ${formatValue(operand)}`, ...example(matcher) };
    return;
  }
  const reason = holdsExpression(operand) ? undefined : loaded.get(name)?.check?.(operand);
  if (reason !== undefined) yield { path, message: `${name}: ${reason}`, ...example(matcher) };
  // Of `many`, each item is an expectation: the same as a list of them.
  if (matcher.nested) yield* problemsIn(operand, path, matchers, loaded);
}

function example({ name, examples }: MatcherMetadata): { next?: string } {
  return examples.length === 0 ? {} : { next: `for example ${name}: ${formatValue(examples[0])}` };
}

/** Whether an operand has the shape that a matcher declares, by the few keywords that matchers use. */
function fits(value: unknown, schema: JsonSchema): boolean {
  if (typeof value === 'string' && holdsExpression(value)) return true;
  const { type, enum: words, anyOf } = schema;
  if (type !== undefined && ![type].flat().some((name) => isOfType(value, name))) return false;
  if (words && !words.includes(value)) return false;
  if (anyOf && !anyOf.some((branch) => fits(value, branch))) return false;
  const least = (keyword: string): number => Number(schema[keyword] ?? 0);
  if (typeof value === 'number') return schema.minimum === undefined || value >= schema.minimum;
  if (typeof value === 'string') return value.length >= least('minLength');
  if (Array.isArray(value))
    return value.length >= least('minItems') && value.every((item) => fits(item, schema.items ?? {}));
  return !isMap(value) || (Object.keys(value).length >= least('minProperties') && fitsProperties(value, schema));
}

function fitsProperties(value: Readonly<Record<string, unknown>>, schema: JsonSchema): boolean {
  const { properties = {}, required = [] } = schema;
  return (
    required.every((name) => Object.hasOwn(value, name)) &&
    Object.entries(value).every(([name, item]) => {
      const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
      return property ? fits(item, property) : schema.additionalProperties !== false;
    })
  );
}

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isMap(value);
    case 'null':
      return value === null;
    case 'integer':
      return typeof value === 'bigint' || Number.isInteger(value);
    case 'number':
      return typeof value === 'bigint' || typeof value === 'number';
    default:
      return typeof value === type;
  }
}
