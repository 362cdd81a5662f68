import type { Path } from '../contracts/result.js';
import { formatValue } from '../format/value.js';

/** Combinations of a matrix: each axis' values crossed, less those that `exclude` matches. */
export function combinations(
  matrix: Readonly<Record<string, unknown>> | undefined,
): readonly Readonly<Record<string, unknown>>[] {
  if (!matrix) return [{}];
  let rows: Record<string, unknown>[] = [{}];
  for (const [axis, values] of Object.entries(matrix)) {
    if (axis === 'exclude' || !Array.isArray(values)) continue;
    rows = rows.flatMap((row) => values.map((value) => ({ ...row, [axis]: value })));
    if (rows.length > MAXIMUM_CASES) return rows;
  }
  const excluded = Array.isArray(matrix.exclude) ? matrix.exclude : [];
  return rows.filter((row) => !excluded.some((pattern) => matchesAll(pattern, row)));
}

/** What follows a scenario's name in each case. Rows that read alike (of 1 and "1", or of 1 twice) are numbered. */
export function rowLabels(rows: readonly Readonly<Record<string, unknown>>[]): readonly string[] {
  const counts = new Map<string, number>();
  return rows.map((row) => {
    const values = Object.entries(row).map(
      ([axis, value]) => `${axis}=${typeof value === 'string' ? value : formatValue(value)}`,
    );
    const label = values.length > 0 ? ` [${values.join(', ')}]` : '';
    const count = (counts.get(label) ?? 0) + 1;
    counts.set(label, count);
    return count > 1 ? `${label} (${count})` : label;
  });
}

/** Axes that `exclude` names and the matrix does not have. */
export function unknownAxes(
  matrix: Readonly<Record<string, unknown>> | undefined,
): readonly { readonly axis: string; readonly path: Path }[] {
  const excluded: readonly unknown[] = Array.isArray(matrix?.exclude) ? matrix.exclude : [];
  return excluded.flatMap((pattern, index) =>
    Object.keys(typeof pattern === 'object' && pattern !== null ? pattern : {})
      .filter((axis) => axis === 'exclude' || !Object.hasOwn(matrix ?? {}, axis))
      .map((axis) => ({ axis, path: ['matrix', 'exclude', index, axis] })),
  );
}

/** Where text in a value holds an expression. */
export function expressionsIn(value: unknown, path: Path): readonly Path[] {
  if (typeof value === 'string') return value.includes('${{') ? [path] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => expressionsIn(item, [...path, key]));
}

/** More would be a mistake rather than a test. */
export const MAXIMUM_CASES = 1_000;

function matchesAll(pattern: unknown, row: Readonly<Record<string, unknown>>): boolean {
  if (typeof pattern !== 'object' || pattern === null) return false;
  const entries = Object.entries(pattern);
  return entries.length > 0 && entries.every(([axis, value]) => JSON.stringify(row[axis]) === JSON.stringify(value));
}
