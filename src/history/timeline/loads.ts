import type { LatencyDistribution, MeasuredLoad, TimelineSeries } from '../../contracts/timeline.js';
import { type Scale, thousandths } from './scale.js';

export interface NamedLoad extends MeasuredLoad {
  readonly of: string;
}

const SECOND_MS = 1_000;
/** Loads that have series; what runs again and again under one name is one. */
const MOST_LOADS = 20;

interface Columns {
  readonly operations: Float64Array;
  readonly errors: Float64Array;
  readonly p50: (number | null)[];
  readonly p99: (number | null)[];
  readonly isMeasured: Uint8Array;
}

export function loadSeries(loads: readonly NamedLoad[], scale: Scale): TimelineSeries[] {
  return byName(loads).flatMap(([of, parts]) => {
    const columns = columnsOf(scale.buckets);
    for (const part of parts) addLoad(columns, part, scale);
    const { isMeasured, p50, p99 } = columns;
    const rate = (counts: Float64Array) =>
      Array.from(counts, (count, bucket) => (isMeasured[bucket] === 1 ? scale.perSecond(count) : null));
    return [
      { of, measure: 'operations', unit: 'perSecond', values: rate(columns.operations) },
      { of, measure: 'errors', unit: 'perSecond', values: rate(columns.errors) },
      { of, measure: 'p50', unit: 'ms', values: p50 },
      { of, measure: 'p99', unit: 'ms', values: p99 },
    ];
  });
}

export function loadDistributions(loads: readonly NamedLoad[]): LatencyDistribution[] {
  return byName(loads).flatMap(([of, parts]) => {
    const counts = new Map<number, number>();
    for (const { buckets } of parts) {
      for (const [upToMs, count] of buckets) counts.set(upToMs, (counts.get(upToMs) ?? 0) + count);
    }
    const buckets = [...counts].sort(([one], [other]) => one - other);
    const count = buckets.reduce((sum, [, some]) => sum + some, 0);
    return count === 0 ? [] : [{ of, count, buckets }];
  });
}

function byName(loads: readonly NamedLoad[]): [string, NamedLoad[]][] {
  const parts = new Map<string, NamedLoad[]>();
  for (const load of loads) parts.set(load.of, [...(parts.get(load.of) ?? []), load]);
  return [...parts].slice(0, MOST_LOADS);
}

const columnsOf = (buckets: number): Columns => ({
  operations: new Float64Array(buckets),
  errors: new Float64Array(buckets),
  p50: new Array<null>(buckets).fill(null),
  p99: new Array<null>(buckets).fill(null),
  isMeasured: new Uint8Array(buckets),
});

/** What happened in a second is spread evenly over it; of percentiles that of the worst second stands. */
function addLoad(columns: Columns, { startMs, endMs, seconds }: NamedLoad, scale: Scale): void {
  for (const [index, { operations, errors, unknown, latency }] of seconds.entries()) {
    const from = startMs + index * SECOND_MS;
    const until = Math.max(from + 1, Math.min(endMs, from + SECOND_MS));
    for (let bucket = scale.bucketOf(from); bucket <= scale.bucketOf(until); bucket++) {
      const share = scale.shareIn(bucket, from, until);
      if (share === 0) continue;
      columns.isMeasured[bucket] = 1;
      columns.operations[bucket]! += operations * share;
      columns.errors[bucket]! += (errors + unknown) * share;
      if (!latency) continue;
      columns.p50[bucket] = Math.max(columns.p50[bucket] ?? 0, thousandths(latency.p50));
      columns.p99[bucket] = Math.max(columns.p99[bucket] ?? 0, thousandths(latency.p99));
    }
  }
}
