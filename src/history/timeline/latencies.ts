import { Histogram } from '../histogram.js';
import { thousandths } from './scale.js';

const FIRST_CAPACITY = 1_024;

/** Durations by the bucket in which they ended; exact, since a histogram for each bucket would take more. */
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

  /** Of each bucket, by nearest rank: for each share a list. */
  percentiles(buckets: number, shares: readonly number[]): (number | null)[][] {
    const ends = new Uint32Array(buckets + 1);
    for (let at = 0; at < this.#count; at++) ends[this.#buckets[at]! + 1]!++;
    for (let bucket = 0; bucket < buckets; bucket++) ends[bucket + 1]! += ends[bucket]!;
    const next = ends.slice();
    const sorted = new Float32Array(this.#count);
    for (let at = 0; at < this.#count; at++) sorted[next[this.#buckets[at]!]!++] = this.#values[at]!;
    const parts = Array.from({ length: buckets }, (_, bucket) => {
      const [start, end] = [ends[bucket]!, ends[bucket + 1]!];
      return start === end ? undefined : sorted.subarray(start, end).sort();
    });
    return shares.map((share) =>
      parts.map((part) => (part ? thousandths(part[Math.ceil(share * part.length) - 1]!) : null)),
    );
  }

  #grow(): void {
    const [buckets, values] = [this.#buckets, this.#values];
    this.#buckets = new Uint16Array(buckets.length * 2);
    this.#values = new Float32Array(values.length * 2);
    this.#buckets.set(buckets);
    this.#values.set(values);
  }
}
