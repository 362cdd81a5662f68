import { defineMatcher, type Match } from '../contracts/matcher.js';
import { formatValue } from '../format/value.js';

export const sameItems = defineMatcher({
  name: '$sameItems',
  summary: 'A list of as many items in any order, each matching an item of the operand of its own.',
  operand: { type: 'array', description: 'a list' },
  examples: [
    ['a', 'b'],
    [{ id: 1 }, { id: { $gt: 1 } }],
  ],
  nested: 'many',
  mismatch(operand, actual, match) {
    if (!Array.isArray(operand) || !Array.isArray(actual)) return `the items of ${formatValue(operand)} in any order`;
    const { missing, unexpected } = pairOff(operand, actual, match);
    if (missing.length === 0 && unexpected.length === 0) return undefined;
    const parts = [
      ...(missing.length > 0 ? [`${formatValue(missing)} is missing`] : []),
      ...(unexpected.length > 0 ? [`${formatValue(unexpected)} is too much`] : []),
    ];
    return `the items of ${formatValue(operand)} in any order: ${parts.join(', ')}`;
  },
});

interface Leftovers {
  readonly missing: readonly unknown[];
  readonly unexpected: readonly unknown[];
}

function pairOff(expected: readonly unknown[], actual: readonly unknown[], match: Match): Leftovers {
  const rest = pairScalars(expected, actual);
  const owners = new Map<number, number>();
  const missing = rest.missing.filter((_, index) => !assign(index, rest, owners, new Set(), match));
  return { missing, unexpected: rest.unexpected.filter((_, index) => !owners.has(index)) };
}

/**
 * Takes away expected scalars with the actual items equal to them, which are all alike: what remains can be paired if
 * and only if everything could. So a list of scalars takes linear time.
 */
function pairScalars(expected: readonly unknown[], actual: readonly unknown[]): Leftovers {
  const available = new Map<string, number[]>();
  for (const [index, item] of actual.entries()) {
    const key = scalarKey(item);
    if (key === undefined) continue;
    const indexes = available.get(key);
    if (indexes) indexes.push(index);
    else available.set(key, [index]);
  }
  const taken = new Set<number>();
  const missing = expected.filter((item) => {
    const key = scalarKey(item);
    const index = key === undefined ? undefined : available.get(key)?.pop();
    if (index !== undefined) taken.add(index);
    return index === undefined;
  });
  return { missing, unexpected: actual.filter((_, index) => !taken.has(index)) };
}

/** Equal for scalars that a plain expectation takes for equal. */
function scalarKey(value: unknown): string | undefined {
  if (typeof value === 'object' && value !== null) return undefined;
  if (typeof value === 'number' && Number.isInteger(value)) return `bigint ${BigInt(value)}`;
  return `${typeof value} ${value}`;
}

/**
 * Kuhn's algorithm for bipartite matching: finds an item for the expectation, moving earlier ones to other items where
 * that makes room.
 */
function assign(
  expectation: number,
  rest: Leftovers,
  owners: Map<number, number>,
  tried: Set<number>,
  match: Match,
): boolean {
  for (const [item, value] of rest.unexpected.entries()) {
    if (tried.has(item) || match(rest.missing[expectation], value).length > 0) continue;
    tried.add(item);
    const owner = owners.get(item);
    if (owner === undefined || assign(owner, rest, owners, tried, match)) {
      owners.set(item, expectation);
      return true;
    }
  }
  return false;
}
