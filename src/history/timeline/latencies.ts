import { Histogram } from '../histogram.js';
import { thousandths } from './scale.js';

const FIRST_CAPACITY = 1_024;
/** To sort more takes longer than to count them. */
const MOST_SORTED = 512;
let shared: Histogram | undefined;

/** What is found in a histogram that is empty before and after: one takes 150 KB. */
function counted<T>(find: (histogram: Histogram) => T): T {
  shared ??= new Histogram();
  const found = find(shared);
  shared.clear();
  return found;
}

/** Durations by the bucket in which they ended: a histogram for each bucket would take more. */
export class Latencies {
  /** The same durations that follow each other, as those of messages that were sent and arrived together, are one row. */
  #buckets = new Uint16Array(FIRST_CAPACITY);
  #values = new Float32Array(FIRST_CAPACITY);
  #counts = new Uint32Array(FIRST_CAPACITY);
  #rows = 0;
  #last = -1;
  count = 0;

  add(bucket: number, milliseconds: number): void {
    this.count++;
    const last = this.#rows - 1;
    if (milliseconds === this.#last && this.#buckets[last] === bucket) {
      this.#counts[last]!++;
      return;
    }
    if (this.#rows === this.#values.length) this.#grow();
    this.#last = milliseconds;
    this.#buckets[this.#rows] = bucket;
    this.#counts[this.#rows] = 1;
    this.#values[this.#rows++] = Math.max(0, milliseconds);
  }

  /** How many up to which duration, ascending. */
  distribution(): [upToMs: number, count: number][] {
    return counted((histogram) => {
      for (let row = 0; row < this.#rows; row++) histogram.record(this.#values[row]!, this.#counts[row]);
      return histogram.buckets();
    });
  }

  /** Of each bucket, by nearest rank, of many to 0.1 %: for each share a list. */
  percentiles(buckets: number, shares: readonly number[]): (number | null)[][] {
    const ends = new Uint32Array(buckets + 1);
    for (let row = 0; row < this.#rows; row++) ends[this.#buckets[row]! + 1]!++;
    for (let bucket = 0; bucket < buckets; bucket++) ends[bucket + 1]! += ends[bucket]!;
    const next = ends.slice();
    const grouped = new Uint32Array(this.#rows);
    for (let row = 0; row < this.#rows; row++) grouped[next[this.#buckets[row]!]!++] = row;
    const all = Array.from({ length: buckets }, (_, bucket) => {
      const [start, end] = [ends[bucket]!, ends[bucket + 1]!];
      return start === end ? null : this.#percentilesOf(grouped.subarray(start, end), shares);
    });
    return shares.map((_, index) => all.map((values) => values && thousandths(values[index]!)));
  }

  #percentilesOf(rows: Uint32Array, shares: readonly number[]): number[] {
    let count = 0;
    for (const row of rows) count += this.#counts[row]!;
    if (count <= MOST_SORTED) {
      const sorted = this.#told(rows, count).sort();
      return shares.map((share) => sorted[Math.ceil(share * count) - 1]!);
    }
    return counted((histogram) => {
      for (const row of rows) histogram.record(this.#values[row]!, this.#counts[row]);
      return shares.map((share) => histogram.percentile(share));
    });
  }

  /** Each duration as often as there are of it. */
  #told(rows: Uint32Array, count: number): Float32Array {
    const values = new Float32Array(count);
    let at = 0;
    for (const row of rows) {
      const end = at + this.#counts[row]!;
      values.fill(this.#values[row]!, at, end);
      at = end;
    }
    return values;
  }

  #grow(): void {
    const [buckets, values, counts] = [this.#buckets, this.#values, this.#counts];
    this.#buckets = new Uint16Array(buckets.length * 2);
    this.#values = new Float32Array(values.length * 2);
    this.#counts = new Uint32Array(counts.length * 2);
    this.#buckets.set(buckets);
    this.#values.set(values);
    this.#counts.set(counts);
  }
}
