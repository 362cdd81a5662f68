import { Histogram } from '../histogram.js';
import { thousandths } from './scale.js';

const FIRST_CAPACITY = 1_024;
/** To sort more takes longer than to count them. */
const MOST_SORTED = 512;
let histogram: Histogram | undefined;

/** Durations by the bucket in which they ended: a histogram for each bucket would take more. */
export class Latencies {
  #buckets = new Uint16Array(FIRST_CAPACITY);
  #values = new Float32Array(FIRST_CAPACITY);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(bucket: number, milliseconds: number): void {
    if (this.#count === this.#values.length) this.#grow();
    this.#buckets[this.#count] = bucket;
    this.#values[this.#count++] = Math.max(0, milliseconds);
  }

  histogram(): Histogram {
    const histogram = new Histogram();
    for (let at = 0; at < this.#count; at++) histogram.record(this.#values[at]!);
    return histogram;
  }

  /** Of each bucket, by nearest rank, of many to 0.1 %: for each share a list. */
  percentiles(buckets: number, shares: readonly number[]): (number | null)[][] {
    const ends = new Uint32Array(buckets + 1);
    for (let at = 0; at < this.#count; at++) ends[this.#buckets[at]! + 1]!++;
    for (let bucket = 0; bucket < buckets; bucket++) ends[bucket + 1]! += ends[bucket]!;
    const next = ends.slice();
    const grouped = new Float32Array(this.#count);
    for (let at = 0; at < this.#count; at++) grouped[next[this.#buckets[at]!]!++] = this.#values[at]!;
    const all = Array.from({ length: buckets }, (_, bucket) => {
      const [start, end] = [ends[bucket]!, ends[bucket + 1]!];
      return start === end ? null : percentilesOf(grouped.subarray(start, end), shares);
    });
    return shares.map((_, index) => all.map((values) => values && thousandths(values[index]!)));
  }

  #grow(): void {
    const [buckets, values] = [this.#buckets, this.#values];
    this.#buckets = new Uint16Array(buckets.length * 2);
    this.#values = new Float32Array(values.length * 2);
    this.#buckets.set(buckets);
    this.#values.set(values);
  }
}

function percentilesOf(values: Float32Array, shares: readonly number[]): number[] {
  if (values.length <= MOST_SORTED) {
    const sorted = values.sort();
    return shares.map((share) => sorted[Math.ceil(share * sorted.length) - 1]!);
  }
  histogram ??= new Histogram();
  const counted = histogram;
  for (let at = 0; at < values.length; at++) counted.record(values[at]!);
  const found = shares.map((share) => counted.percentile(share));
  counted.clear();
  return found;
}
