import type { CheckReport } from '../../contracts/checker.js';

/** These counts of a report; 0 for what it does not count. */
export function countsOf<Name extends string>(
  counts: CheckReport['counts'],
  names: readonly Name[],
): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, counts[name] ?? 0])) as Record<Name, number>; // one for each name
}

/** The examples of a report, as a result of its own. */
export const examplesOf = (examples: CheckReport['examples']): Record<string, string[]> =>
  Object.fromEntries(Object.entries(examples).map(([kind, ids]) => [kind, [...ids]]));
