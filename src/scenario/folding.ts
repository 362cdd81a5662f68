import type { Path } from '../contracts/result.js';
import type { JsonSchema, SchemaProblem } from '../contracts/schema.js';
import { nearestName } from '../format/nearest.js';

/** One mistake gives a validator's problem in several places: what is left here is one for each mistake. */

/** A union that no branch fits gives many errors: keep the branch that came furthest, or one for the union itself. */
export function foldUnions(problems: readonly SchemaProblem[], value: unknown): SchemaProblem[] {
  // What is wrong with a name is told once, by `propertyNames`.
  let rest = problems.filter(({ keyword, schemaPath }) => keyword !== 'if' && !schemaPath.includes('/propertyNames/'));
  const unions = rest
    .filter((problem) => problem.keyword === 'anyOf')
    .sort((a, b) => a.schemaPath.length - b.schemaPath.length);
  for (const union of unions) {
    if (!rest.includes(union)) continue;
    const inside = rest.filter((problem) => problem !== union && problem.schemaPath.startsWith(`${union.schemaPath}/`));
    const deeper = bestBranch(inside, union, valueAt(value, pointer(union.instancePath)));
    rest = rest.filter((problem) => problem !== union && !inside.includes(problem)).concat(deeper ?? [union]);
  }
  const seen = new Set<string>();
  return rest.filter((problem) => {
    // Several keywords may fail at one scalar (`type` and `pattern`): one mistake, one message.
    const mark = ['additionalProperties', 'required', 'propertyNames', 'excludes', 'needs'].includes(problem.keyword)
      ? `${problem.instancePath} ${problem.keyword} ${JSON.stringify(problem.params)}`
      : problem.instancePath;
    return seen.has(mark) ? false : seen.add(mark);
  });
}

/** The problems of the one branch whose kind of value was given, when that branch says more than "wrong type". */
function bestBranch(
  inside: readonly SchemaProblem[],
  union: SchemaProblem,
  value: unknown,
): SchemaProblem[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const branches = new Map<string, SchemaProblem[]>();
  for (const problem of inside) {
    const index = problem.schemaPath.slice(union.schemaPath.length + 1).split('/')[0]!;
    branches.set(index, [...(branches.get(index) ?? []), problem]);
  }
  const fitting = [...branches.values()].filter(
    (list) =>
      !list.some(
        (problem) =>
          problem.instancePath === union.instancePath && ['type', 'pattern', 'enum', 'const'].includes(problem.keyword),
      ),
  );
  return fitting.sort((a, b) => a.length - b.length)[0];
}

/** A misspelt key that is needed is unknown and missing at once: only the first says what to do. */
export function foldMisspelt(problems: readonly SchemaProblem[], schema: JsonSchema, value: unknown): SchemaProblem[] {
  return problems.filter((problem) => {
    const parent = schemaAt(schema, problem.schemaPath);
    const needed = neededKeys(problem, parent);
    if (needed.length === 0) return true;
    const known = Object.keys(parent.properties ?? {});
    const given = Object.keys(valueAt(value, pointer(problem.instancePath)) as object); // checked on mappings alone
    return !given.some((key) => !known.includes(key) && needed.includes(nearestName(key, known) ?? ''));
  });
}

/** The keys of which one is missing. */
function neededKeys({ keyword, params }: SchemaProblem, parent: JsonSchema): readonly string[] {
  if (keyword === 'required') return [String(params.missingProperty)];
  if (keyword !== 'exactlyOneOf' && keyword !== 'atLeastOneOf') return [];
  return parent[keyword] as readonly string[]; // our own keywords
}

/** The path that a JSON pointer means. */
export const pointer = (text: string): Path =>
  text
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));

export function valueAt(value: unknown, path: Path): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) return undefined;
    current = (current as Record<string | number, unknown>)[key]; // a mapping or a list
  }
  return current;
}

/** The schema whose keyword failed: the schema path without its last part. */
export function schemaAt(schema: JsonSchema, schemaPath: string): JsonSchema {
  const parts = schemaPath.replace(/^#?\//, '').split('/').slice(0, -1);
  let current: unknown = schema;
  for (const part of parts) {
    const key = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
    current = (current as Record<string, unknown> | undefined)?.[key]; // a schema is a mapping all the way down
  }
  return (current ?? {}) as JsonSchema;
}
