import type { Scale } from './scale.js';

/** How long the oldest of several had waited at the end of each bucket, to within a bucket, whatever their number. */
export class Waits {
  /** Of those that began to wait in a bucket: when the first did, and the last bucket at whose end one still waited. */
  readonly #since: Float64Array;
  readonly #until: Int32Array;

  constructor(private readonly scale: Scale) {
    this.#since = new Float64Array(scale.buckets).fill(Number.POSITIVE_INFINITY);
    this.#until = new Int32Array(scale.buckets).fill(-1);
  }

  /** `end`: the bucket in which it waited no more. */
  add(from: number, end: number): void {
    const first = this.scale.bucketOf(from);
    const last = end - 1;
    if (last < first) return;
    if (from < this.#since[first]!) this.#since[first] = from;
    if (last > this.#until[first]!) this.#until[first] = last;
  }

  /** In milliseconds; -1 where none waited. */
  oldest(): number[] {
    const ages = new Array<number>(this.scale.buckets).fill(-1);
    for (let first = 0; first < ages.length; first++) {
      for (let bucket = first; bucket <= this.#until[first]!; bucket++) {
        ages[bucket] = Math.max(ages[bucket]!, this.scale.endOf(bucket) - this.#since[first]!);
      }
    }
    return ages;
  }
}
