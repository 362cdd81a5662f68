import { Histogram } from '../histogram.js';
import { thousandths } from './scale.js';

const FIRST_CAPACITY = 1_024;
/** To sort more takes longer than to count them. */
const MOST_SORTED = 1_024;
let shared: Histogram | undefined;

/** What is found in a histogram that is empty before and after: one takes 150 KB. */
function counted<T>(find: (histogram: Histogram) => T): T {
  shared ??= new Histogram();
  const found = find(shared);
  shared.clear();
  return found;
}

/** Rows that follow each other and are of one bucket: `[start, end)`, and how many durations they tell. */
interface Stretch {
  readonly start: number;
  readonly end: number;
  readonly count: number;
}

/** Durations by the bucket in which they ended: a histogram for each bucket would take more. */
export class Latencies {
  /** The same durations that follow each other, as those of messages that were sent and arrived together, are one row. */
  #values = new Float32Array(FIRST_CAPACITY);
  #counts = new Uint32Array(FIRST_CAPACITY);
  #rows = 0;
  #last = -1;
  /**
   * Where the bucket changes, and how many durations there were before: mostly it is a later one then, but events need
   * not come in the order of their times.
   */
  readonly #changes: { readonly bucket: number; readonly start: number; readonly before: number }[] = [];
  #bucket = -1;
  count = 0;

  add(bucket: number, milliseconds: number): void {
    const before = this.count++;
    if (bucket !== this.#bucket) {
      this.#bucket = bucket;
      this.#changes.push({ bucket, start: this.#rows, before });
    } else if (milliseconds === this.#last) {
      this.#counts[this.#rows - 1]!++;
      return;
    }
    if (this.#rows === this.#values.length) this.#grow();
    this.#last = milliseconds;
    this.#counts[this.#rows] = 1;
    this.#values[this.#rows++] = Math.max(0, milliseconds);
  }

  /** How many up to which duration, ascending. */
  distribution(): [upToMs: number, count: number][] {
    return counted((histogram) => {
      this.#record({ start: 0, end: this.#rows }, histogram);
      return histogram.buckets();
    });
  }

  /** Of each bucket, by nearest rank, of many to 0.1 %: for each share a list. */
  percentiles(buckets: number, shares: readonly number[]): (number | null)[][] {
    const stretches = Array.from({ length: buckets }, (): Stretch[] => []);
    for (const [index, { bucket, start, before }] of this.#changes.entries()) {
      const next = this.#changes[index + 1] ?? { start: this.#rows, before: this.count };
      stretches[bucket]!.push({ start, end: next.start, count: next.before - before });
    }
    const all = stretches.map((of) => (of.length === 0 ? null : this.#percentilesOf(of, shares)));
    return shares.map((_, index) => all.map((values) => values && thousandths(values[index]!)));
  }

  #percentilesOf(stretches: readonly Stretch[], shares: readonly number[]): number[] {
    const total = stretches.reduce((sum, { count }) => sum + count, 0);
    if (total <= MOST_SORTED) {
      const sorted = this.#told(stretches, total).sort();
      return shares.map((share) => sorted[Math.ceil(share * total) - 1]!);
    }
    return counted((histogram) => {
      for (const stretch of stretches) this.#record(stretch, histogram);
      return shares.map((share) => histogram.percentile(share));
    });
  }

  #record({ start, end }: Pick<Stretch, 'start' | 'end'>, histogram: Histogram): void {
    for (let row = start; row < end; row++) histogram.record(this.#values[row]!, this.#counts[row]);
  }

  /** Each duration as often as there are of it. */
  #told(stretches: readonly Stretch[], total: number): Float32Array {
    const values = new Float32Array(total);
    let at = 0;
    for (const { start, end, count } of stretches) {
      if (count === end - start) values.set(this.#values.subarray(start, end), at);
      else this.#repeat(values, at, start, end);
      at += count;
    }
    return values;
  }

  #repeat(values: Float32Array, at: number, start: number, end: number): void {
    let from = at;
    for (let row = start; row < end; row++) {
      const until = from + this.#counts[row]!;
      values.fill(this.#values[row]!, from, until);
      from = until;
    }
  }

  #grow(): void {
    const [values, counts] = [this.#values, this.#counts];
    this.#values = new Float32Array(values.length * 2);
    this.#counts = new Uint32Array(counts.length * 2);
    this.#values.set(values);
    this.#counts.set(counts);
  }
}
