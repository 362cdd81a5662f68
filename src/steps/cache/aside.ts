import type { StepContext } from '../../contracts/step.js';
import { Histogram } from '../../history/histogram.js';
import { encodeValue } from '../value.js';
import { Loader, type LoaderInput } from './loader.js';
import { lookUp } from './lookup.js';

export const PROTECTIONS = ['none', 'lock', 'early-expiry'] as const;

interface CacheAsideInput {
  readonly key: string;
  readonly ttl: number;
  readonly protection: (typeof PROTECTIONS)[number];
  readonly loader: LoaderInput;
}

/** Only the lock's holder deletes it: it may have expired, and be another's by now. */
const RELEASE = "return redis.call('GET', KEYS[1]) == ARGV[1] and redis.call('DEL', KEYS[1]) or 0";

/** Waiting readers look again after 1, 2, 4 … 50 ms. */
const LONGEST_WAIT_MS = 50;

/** What a lock lives beyond twice the time that a load is meant to take, so that a slow turn doesn't end it. */
const LOCK_MARGIN_MS = 1_000;

/** Reads of one key through a cache, and their counts. */
export class CacheAside {
  readonly #loader: Loader;
  readonly #latency = new Histogram();
  readonly #name: string;
  readonly #lock: string;
  #reads = 0;
  #hits = 0;
  #misses = 0;
  #errors = 0;

  constructor(
    private readonly input: CacheAsideInput,
    private readonly context: StepContext,
  ) {
    this.#loader = new Loader(input.loader, context);
    this.#name = context.namespace.key(input.key);
    this.#lock = context.namespace.key(`${input.key}:lock`);
  }

  counts() {
    const looks = this.#hits + this.#misses;
    return {
      reads: this.#reads,
      hits: this.#hits,
      misses: this.#misses,
      hitRatio: looks > 0 ? this.#hits / looks : 0,
      loads: this.#loader.loads,
      maxConcurrentLoads: this.#loader.maxConcurrent,
      errors: this.#errors,
      latency: this.#latency.summary(),
    };
  }

  /** Raises a LoadFailed, or the server's error. */
  async read(index: number): Promise<void> {
    const start = this.context.clock.now();
    try {
      if (await this.#isCached(index)) this.#hits++;
      else {
        this.#misses++;
        await (this.input.protection === 'lock' ? this.#loadUnderLock() : this.#load());
      }
      this.#latency.record(this.context.clock.now() - start);
    } catch (error) {
      this.#errors++;
      throw error;
    } finally {
      this.#reads++;
    }
  }

  async #isCached(index: number): Promise<boolean> {
    if (this.input.protection !== 'early-expiry') return this.#isPresent();
    const found = await lookUp(this.#name, this.context.redis, this.#options);
    return found !== null && !(found.ttl !== null && this.#expiresEarly(found.ttl, index));
  }

  /** XFetch: −δ·β·ln(random) ≥ time left, with β = 1 (Vattani et al., Optimal probabilistic cache stampede prevention). */
  #expiresEarly(ttl: number, index: number): boolean {
    const random = 1 - this.context.random.derive('early-expiry', index).next(); // above 0
    return -this.#loader.lastMs * Math.log(random) >= ttl;
  }

  async #isPresent(): Promise<boolean> {
    return (await this.context.redis.call(['GET', this.#name], this.#options)) !== null;
  }

  async #load(): Promise<void> {
    const value = encodeValue(await this.#loader.load());
    await this.context.redis.call(['SET', this.#name, value, 'PX', Math.round(this.input.ttl)], this.#options);
  }

  async #loadUnderLock(): Promise<void> {
    const { redis, clock, random, signal } = this.context;
    const token = random.uuid();
    const lockMs = Math.round(2 * this.input.loader.takes) + LOCK_MARGIN_MS;
    for (let wait = 1; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
      const locked = await redis.call(['SET', this.#lock, token, 'NX', 'PX', lockMs], this.#options);
      if (locked !== null) {
        try {
          // Another reader may have loaded between the miss and the lock.
          if (!(await this.#isPresent())) await this.#load();
        } finally {
          await redis.script(RELEASE, [this.#lock], [token], this.#options);
        }
        return;
      }
      await clock.sleep(wait, signal);
      if (await this.#isPresent()) return;
    }
  }

  get #options() {
    return { signal: this.context.signal };
  }
}
