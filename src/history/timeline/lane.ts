import type { LatencyDistribution, TimelineSeries } from '../../contracts/timeline.js';
import { Latencies } from './latencies.js';
import { type Scale, thousandths } from './scale.js';
import { Waits } from './waits.js';

const RATES = ['pushed', 'delivered', 'completed', 'deadLettered'] as const;
type Rate = (typeof RATES)[number];
type Level = 'depth' | 'inFlight';

/** What happened at one queue, channel or stream. */
export class Lane {
  readonly #rates: Readonly<Record<Rate, Uint32Array>>;
  /** By how much each changes in each bucket: events need not come in the order of their times. */
  readonly #changes: Readonly<Record<Level, Int32Array>>;
  readonly #levels = { depth: 0, inFlight: 0 };
  readonly #longestLag: Float64Array;
  readonly #completed = new Latencies();
  readonly #delivered = new Latencies();
  readonly #waits: Waits;
  /** Buckets in which somebody looked at all that is there. */
  readonly #looked: Uint8Array;
  #found = { depth: 0, inFlight: 0 };
  /** When it was seen to hold nothing, at last. */
  emptyAt = Number.NEGATIVE_INFINITY;
  /** Where its messages go is recorded, so that how many there are is known all the time. */
  isCounted = false;

  constructor(
    readonly name: string,
    private readonly scale: Scale,
  ) {
    const { buckets } = scale;
    const counts = () => new Uint32Array(buckets);
    this.#rates = { pushed: counts(), delivered: counts(), completed: counts(), deadLettered: counts() };
    this.#changes = { depth: new Int32Array(buckets), inFlight: new Int32Array(buckets) };
    this.#longestLag = new Float64Array(buckets).fill(-1);
    this.#waits = new Waits(scale);
    this.#looked = new Uint8Array(buckets);
  }

  count(rate: Rate, time: number): void {
    this.#rates[rate][this.scale.bucketOf(time)]!++;
  }

  change(level: Level, by: number, time: number): void {
    this.#levels[level] += by;
    this.#changes[level][this.scale.bucketOf(time)]! += by;
  }

  /** `readyAt`: from when on it could have been delivered. */
  delivered(readyAt: number, time: number): void {
    const bucket = this.scale.bucketOf(time);
    const lag = Math.max(0, time - readyAt);
    if (lag > this.#longestLag[bucket]!) this.#longestLag[bucket] = lag;
  }

  /** A message was ready to be delivered all that time. */
  waited(from: number, until: number): void {
    this.#waits.add(from, until);
  }

  took(what: 'delivered' | 'completed', milliseconds: number, time: number): void {
    const latencies = what === 'delivered' ? this.#delivered : this.#completed;
    latencies.add(this.scale.bucketOf(time), milliseconds);
  }

  /** Somebody begins to look at what is there. */
  lookBegan(): void {
    this.#found = { depth: 0, inFlight: 0 };
  }

  found(level: Level): void {
    this.#found[level]++;
  }

  /** What was seen is true, whatever was counted. */
  lookEnded(time: number): void {
    for (const level of ['depth', 'inFlight'] as const) {
      this.change(level, this.#found[level] - this.#levels[level], time);
    }
    this.#looked[this.scale.bucketOf(time)] = 1;
    this.emptyAt = this.#found.depth === 0 ? time : Number.NEGATIVE_INFINITY;
  }

  series(): TimelineSeries[] {
    const { name: of, scale } = this;
    const rates = RATES.flatMap((measure) => {
      const counts = this.#rates[measure];
      if (!counts.some(Boolean)) return [];
      return [
        { of, measure, unit: 'perSecond' as const, values: Array.from(counts, (count) => scale.perSecond(count)) },
      ];
    });
    const isKnown = this.isCounted || this.#looked.includes(1);
    const levels = (isKnown ? (['depth', 'inFlight'] as const) : []).map(
      (measure) => [measure, this.#level(measure)] as const,
    );
    return [
      ...rates,
      ...levels.flatMap(([measure, values]) =>
        measure === 'depth' || values.some(Boolean) ? [{ of, measure, unit: 'messages' as const, values }] : [],
      ),
      ...this.#times().flatMap(([measure, values]) =>
        values.some((value) => value !== null) ? [{ of, measure, unit: 'ms' as const, values }] : [],
      ),
    ];
  }

  distribution(): LatencyDistribution | undefined {
    const { count } = this.#latencies;
    return count === 0 ? undefined : { of: this.name, count, buckets: this.#latencies.histogram().buckets() };
  }

  get #latencies(): Latencies {
    return this.#completed.count > 0 ? this.#completed : this.#delivered;
  }

  #level(level: Level): (number | null)[] {
    let sum = 0;
    return Array.from(this.#changes[level], (change, bucket) => {
      sum += change;
      return this.isCounted || this.#looked[bucket] === 1 ? Math.max(0, sum) : null;
    });
  }

  #times(): readonly (readonly ['lag' | 'p50' | 'p99', (number | null)[]])[] {
    const [p50, p99] = this.#latencies.percentiles(this.scale.buckets, [0.5, 0.99]);
    const waiting = this.isCounted ? this.#waits.oldest() : [];
    const lag = Array.from(this.#longestLag, (longest, bucket) => {
      const both = Math.max(longest, waiting[bucket] ?? -1);
      return both < 0 ? null : thousandths(both);
    });
    return [
      ['lag', lag],
      ['p50', p50!],
      ['p99', p99!],
    ];
  }
}
