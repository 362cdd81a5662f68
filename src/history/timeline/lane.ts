import type { LatencyDistribution, TimelineSeries } from '../../contracts/timeline.js';
import { Latencies } from './latencies.js';
import { type Scale, thousandths } from './scale.js';
import { Waits } from './waits.js';

const RATES = ['pushed', 'delivered', 'completed', 'deadLettered'] as const;
const LEVELS = ['depth', 'inFlight'] as const;

/** How many there are. */
class Level {
  now = 0;
  /** What a look has found of them so far. */
  found = 0;
  /** By how much it changes in each bucket: events need not come in the order of their times. */
  readonly changes: Int32Array;

  constructor(buckets: number) {
    this.changes = new Int32Array(buckets);
  }

  find(): void {
    this.found++;
  }

  change(by: number, bucket: number): void {
    this.now += by;
    this.changes[bucket]! += by;
  }
}

/** What happened at one queue, channel or stream. Of what happens, it is told the bucket. */
export class Lane {
  /** How often, in each bucket. Not by name: code for one measure would be made anew for the next. */
  readonly pushed: Uint32Array;
  readonly delivered: Uint32Array;
  readonly completed: Uint32Array;
  readonly deadLettered: Uint32Array;
  readonly depth: Level;
  readonly inFlight: Level;
  /** From the push until then. */
  readonly untilCompleted = new Latencies();
  readonly untilDelivered = new Latencies();
  readonly #longestLag: Float64Array;
  readonly #waits: Waits;
  /** Buckets in which somebody looked at all that is there. */
  readonly #looked: Uint8Array;
  /** When it was seen to hold nothing, at last. */
  emptyAt = Number.NEGATIVE_INFINITY;
  /** Where its messages go is recorded, so that how many there are is known all the time. */
  isCounted = false;

  constructor(
    readonly name: string,
    private readonly scale: Scale,
  ) {
    const { buckets } = scale;
    this.pushed = new Uint32Array(buckets);
    this.delivered = new Uint32Array(buckets);
    this.completed = new Uint32Array(buckets);
    this.deadLettered = new Uint32Array(buckets);
    this.depth = new Level(buckets);
    this.inFlight = new Level(buckets);
    this.#longestLag = new Float64Array(buckets).fill(-1);
    this.#waits = new Waits(scale);
    this.#looked = new Uint8Array(buckets);
  }

  /** Something was delivered so long after it could have been. */
  lagged(milliseconds: number, bucket: number): void {
    const lag = Math.max(0, milliseconds);
    if (lag > this.#longestLag[bucket]!) this.#longestLag[bucket] = lag;
  }

  /** A message was ready to be delivered from then on, until there. */
  waited(from: number, end: number): void {
    this.#waits.add(from, end);
  }

  /** Somebody begins to look at what is there. */
  lookBegan(): void {
    for (const level of LEVELS) this[level].found = 0;
  }

  /** What was seen is true, whatever was counted. */
  lookEnded(time: number, bucket: number): void {
    for (const name of LEVELS) {
      const level = this[name];
      level.change(level.found - level.now, bucket);
    }
    this.#looked[bucket] = 1;
    this.emptyAt = this.depth.found === 0 ? time : Number.NEGATIVE_INFINITY;
  }

  series(): TimelineSeries[] {
    const { name: of, scale } = this;
    const rates = RATES.flatMap((measure) => {
      const counts = this[measure];
      if (!counts.some(Boolean)) return [];
      return [
        { of, measure, unit: 'perSecond' as const, values: Array.from(counts, (count) => scale.perSecond(count)) },
      ];
    });
    const isKnown = this.isCounted || this.#looked.includes(1);
    const levels = (isKnown ? LEVELS : []).map((measure) => [measure, this.#known(this[measure])] as const);
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
    return count === 0 ? undefined : { of: this.name, count, buckets: this.#latencies.distribution() };
  }

  get #latencies(): Latencies {
    return this.untilCompleted.count > 0 ? this.untilCompleted : this.untilDelivered;
  }

  #known({ changes }: Level): (number | null)[] {
    let sum = 0;
    return Array.from(changes, (change, bucket) => {
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
