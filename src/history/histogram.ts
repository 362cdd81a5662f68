import type { LatencySummary } from '../contracts/latency.js';

/** Buckets in each power of two: a percentile is never below the true one, and at most 1/1024 (0.1 %) above. */
const BUCKETS_PER_POWER = 1_024;
/** From 2^-14 ms (61 ns), below which all is zero, to 2^23 ms (2.3 hours), above which nothing but the largest is told. */
const [LEAST_POWER, POWERS] = [-14, 37];
const BUCKETS = POWERS * BUCKETS_PER_POWER;
/** Buckets that are told as one: so many as there are would be a hundred kilobytes of text. */
const TOLD_TOGETHER = BUCKETS_PER_POWER / 128;

/** The upper half of a double's bits, its sign, exponent and first digits: all but 10 of these digits name a bucket. */
const DOUBLE = new Float64Array(1);
const BITS = new Uint32Array(DOUBLE.buffer);
const HIGH = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;
const FIRST = ((LEAST_POWER + 1_023) << 20) >>> 10;

/** Counts durations in milliseconds by buckets whose width grows with the value (a log-linear histogram). */
export class Histogram {
  readonly #counts = new Uint32Array(BUCKETS);
  /** Buckets outside of these are empty. */
  #first = BUCKETS;
  #last = -1;
  #sum = 0;
  #max = 0;
  total = 0;

  /** A duration below zero counts as zero. */
  record(milliseconds: number, count = 1): void {
    DOUBLE[0] = milliseconds;
    // A negative number has the highest bit, which makes it the largest here.
    let bucket = (BITS[HIGH]! >>> 10) - FIRST;
    if (bucket < 0 || !(milliseconds > 0)) bucket = 0;
    else if (bucket >= BUCKETS) bucket = BUCKETS - 1;
    this.#counts[bucket]! += count;
    if (bucket < this.#first) this.#first = bucket;
    if (bucket > this.#last) this.#last = bucket;
    this.total += count;
    if (milliseconds <= 0) return;
    this.#sum += milliseconds * count;
    if (milliseconds > this.#max) this.#max = milliseconds;
  }

  merge(other: Histogram): void {
    for (let bucket = other.#first; bucket <= other.#last; bucket++) this.#counts[bucket]! += other.#counts[bucket]!;
    this.#first = Math.min(this.#first, other.#first);
    this.#last = Math.max(this.#last, other.#last);
    this.#sum += other.#sum;
    this.#max = Math.max(this.#max, other.#max);
    this.total += other.total;
  }

  clear(): void {
    this.#counts.fill(0, this.#first, this.#last + 1);
    this.#first = BUCKETS;
    this.#last = -1;
    this.#sum = this.#max = this.total = 0;
  }

  get max(): number {
    return this.#max;
  }

  get mean(): number {
    return this.total === 0 ? 0 : this.#sum / this.total;
  }

  /** The least duration that this share of all did not exceed, by nearest rank. */
  percentile(share: number): number {
    return this.#percentiles([share])[0]!;
  }

  /** How many up to which duration, ascending, at 128 to each power of two: to be shown, and added to others. */
  buckets(): [upToMs: number, count: number][] {
    const buckets: [number, number][] = [];
    for (let start = this.#first - (this.#first % TOLD_TOGETHER); start <= this.#last; start += TOLD_TOGETHER) {
      let count = 0;
      for (let bucket = start; bucket < start + TOLD_TOGETHER; bucket++) count += this.#counts[bucket]!;
      if (count > 0) buckets.push([upperEdge(start + TOLD_TOGETHER - 1), count]);
    }
    return buckets;
  }

  /** Null when nothing was recorded. */
  summary(): LatencySummary | null {
    if (this.total === 0) return null;
    const [p50, p90, p99, p999] = this.#percentiles([0.5, 0.9, 0.99, 0.999]);
    return { p50: p50!, p90: p90!, p99: p99!, p999: p999!, max: this.#max, mean: this.mean };
  }

  /** Of ascending shares, in one pass: there are thousands of buckets, and of most runs this is cold code. */
  #percentiles(shares: readonly number[]): number[] {
    const counts = this.#counts;
    const last = this.#last;
    let bucket = this.#first - 1;
    let seen = 0;
    return shares.map((share) => {
      const rank = Math.max(1, Math.ceil(share * this.total));
      while (seen < rank && bucket < last) seen += counts[++bucket]!;
      return seen < rank ? 0 : Math.min(greatestIn(bucket), this.#max);
    });
  }
}

/** What is told of a duration in this bucket. */
function greatestIn(bucket: number): number {
  if (bucket === 0) return 0;
  return bucket === BUCKETS - 1 ? Number.POSITIVE_INFINITY : upperEdge(bucket);
}

function upperEdge(bucket: number): number {
  BITS[1 - HIGH] = 0;
  BITS[HIGH] = (bucket + FIRST + 1) << 10;
  return DOUBLE[0]!;
}
