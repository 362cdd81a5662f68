/** How often B is A, and between what that lies; the interval is null where there is too little to tell. */
export interface Ratio {
  readonly estimate: number;
  readonly interval: readonly [low: number, high: number] | null;
}

/** Of one minus the confidence, on each side. */
const TAIL = 0.025;

/**
 * The median of the ratios of pairs that were measured one right after the other. Its interval goes by ranks, which
 * makes it exact whatever the ratios are distributed like: it misses as often as a fair coin falls so unevenly.
 */
export function pairedRatio(pairs: readonly (readonly [a: number, b: number])[]): Ratio | null {
  const ratios = pairs.map(([a, b]) => b / a).sort(ascending);
  return ratios.length === 0
    ? null
    : { estimate: median(ratios), interval: rankInterval(ratios, coins(ratios.length)) };
}

/**
 * The median of the ratios of each of B to each of A (Hodges and Lehmann), with the interval that the exact distribution
 * of Mann and Whitney's U gives: for measurements that have nothing to do with each other.
 */
export function unpairedRatio(a: readonly number[], b: readonly number[]): Ratio | null {
  const ratios = b.flatMap((one) => a.map((other) => one / other)).sort(ascending);
  if (ratios.length === 0) return null;
  return { estimate: median(ratios), interval: rankInterval(ratios, mannWhitney(a.length, b.length)) };
}

const ascending = (one: number, other: number): number => one - other;

/** Of numbers in any order; there must be one. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort(ascending);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Between the ranks that the statistic lies beyond with at most the tail's probability. */
function rankInterval(sorted: readonly number[], weights: readonly number[]): Ratio['interval'] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let rank = 0;
  let tail = weights[0]!;
  while (tail <= TAIL * total) tail += weights[++rank]!;
  return rank === 0 ? null : [sorted[rank - 1]!, sorted[sorted.length - rank]!];
}

/** How many of the ways that so many coins fall show 0, 1, 2 … heads. */
function coins(count: number): number[] {
  const ways = [1];
  for (let heads = 1; heads <= count; heads++) ways.push((ways[heads - 1]! * (count - heads + 1)) / heads);
  return ways;
}

/** How many of the orders of `m` and `n` values have U = 0, 1, 2 … m · n. */
function mannWhitney(m: number, n: number): number[] {
  // U is the sum of `m` numbers from 0 to `n` that never fall: [chosen][sum], one number after the other.
  const ways = Array.from({ length: m + 1 }, () => new Array<number>(m * n + 1).fill(0));
  ways[0]![0] = 1;
  for (let number = 0; number <= n; number++) {
    for (let chosen = 1; chosen <= m; chosen++) {
      for (let sum = number; sum <= m * n; sum++) ways[chosen]![sum]! += ways[chosen - 1]![sum - number]!;
    }
  }
  return ways[m]!;
}
