const MOST_BUCKETS = 300;

/** The time of a case in buckets of 1, 2, 5, 10, 20 … milliseconds. */
export class Scale {
  readonly bucketMs: number;
  readonly buckets: number;

  constructor(
    readonly startMs: number,
    private readonly endMs: number,
  ) {
    const durationMs = Math.max(1, endMs - startMs);
    const least = durationMs / MOST_BUCKETS;
    let width = 1;
    for (let step = 0; width < least; step++) width = [1, 2, 5][step % 3]! * 10 ** Math.floor(step / 3);
    this.bucketMs = width;
    this.buckets = Math.ceil(durationMs / width);
  }

  /** What is before or after belongs to the first or the last. */
  bucketOf(time: number): number {
    const bucket = Math.floor((time - this.startMs) / this.bucketMs);
    return bucket < 0 ? 0 : bucket >= this.buckets ? this.buckets - 1 : bucket;
  }

  endOf(bucket: number): number {
    return Math.min(this.endMs, this.startMs + (bucket + 1) * this.bucketMs);
  }

  /** How much of a time lies in a bucket. */
  shareIn(bucket: number, from: number, until: number): number {
    const start = this.startMs + bucket * this.bucketMs;
    return Math.max(0, Math.min(until, start + this.bucketMs) - Math.max(from, start)) / (until - from);
  }

  /** Since the case began, to the microsecond. */
  at(time: number): number {
    return thousandths(Math.max(0, time - this.startMs));
  }

  perSecond(count: number): number {
    return thousandths((count * 1_000) / this.bucketMs);
  }
}

/** Rounded, because nobody reads more digits, and a timeline has thousands of numbers. */
export const thousandths = (value: number): number => Math.round(value * 1_000) / 1_000;
