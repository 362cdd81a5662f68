import type { LatencySummary } from '../contracts/latency.js';

/** Buckets in each power of two, so that a percentile is at most 1/128 (0.8 %) above the true one. */
const PRECISION_BITS = 7;
const BUCKETS_PER_POWER = 2 ** PRECISION_BITS;
/** Up to 2^40 µs, about 12 days. */
const LARGEST_POWER = 40;

/** Counts durations in buckets whose width grows with the value (a log-linear histogram), so that memory stays bounded. */
export class LatencyRecorder {
  readonly #counts = new Uint32Array((LARGEST_POWER - PRECISION_BITS + 1) * BUCKETS_PER_POWER);
  #total = 0;
  #sum = 0;
  #max = 0;

  /** A duration below zero counts as zero: a timer may fire a little before its time. */
  record(duration: number): void {
    const milliseconds = Math.max(0, duration);
    const index = bucketOf(Math.round(milliseconds * 1_000));
    this.#counts[index] = this.#counts[index]! + 1;
    this.#total++;
    this.#sum += milliseconds;
    this.#max = Math.max(this.#max, milliseconds);
  }

  /** Null when nothing was recorded. */
  summary(): LatencySummary | null {
    if (this.#total === 0) return null;
    const [p50, p90, p99, p999] = this.#percentiles([0.5, 0.9, 0.99, 0.999]);
    return { p50: p50!, p90: p90!, p99: p99!, p999: p999!, max: this.#max, mean: this.#sum / this.#total };
  }

  /** The shares must ascend. */
  #percentiles(shares: readonly number[]): number[] {
    let index = -1;
    let seen = 0;
    return shares.map((share) => {
      while (seen < Math.ceil(share * this.#total)) seen += this.#counts[++index]!;
      return Math.min(upperEdgeMs(index), this.#max);
    });
  }
}

/** Below 128 µs each microsecond has a bucket; above, each power of two has 128. */
function bucketOf(microseconds: number): number {
  const value = Math.min(Math.max(microseconds, 0), 2 ** LARGEST_POWER - 1);
  if (value < BUCKETS_PER_POWER) return value;
  const power = Math.floor(Math.log2(value));
  return (power - PRECISION_BITS) * BUCKETS_PER_POWER + Math.floor(value / 2 ** (power - PRECISION_BITS));
}

/** The largest value of a bucket. */
function upperEdgeMs(index: number): number {
  if (index < BUCKETS_PER_POWER) return index / 1_000;
  const width = 2 ** (Math.floor(index / BUCKETS_PER_POWER) - 1);
  return (((index % BUCKETS_PER_POWER) + BUCKETS_PER_POWER + 1) * width - 1) / 1_000;
}
