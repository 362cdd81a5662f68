import type { Client } from '../net/client.js';
import type { Driver, Road } from './driver.js';

/** Operations that a client gathers for one write, so that replies are read in between. */
const BATCH = 64;

/**
 * Each client sends operations of its own, in their order. With a rate each is due at a time of its own, whatever became
 * of those before; without, a client keeps its connection filled.
 */
export class ProducerLoop implements Driver {
  readonly lastSentMs = 0;
  /** Of the last operation sent, or the first that was due and never sent; what its connection held up is not counted. */
  lateMs = 0;
  /** Operations in all. */
  readonly #count: number;
  /** By client, the operation that it sends next. */
  readonly #next: Float64Array;
  #left: number;
  /** By client, since when it has had a connection again; NaN while it has none. */
  readonly #openSince: Float64Array;
  /** Operations whose time has come. */
  #noticed = 0;
  #isEnded = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly road: Road,
    private readonly startMs: number,
    private readonly forMs: number,
    private readonly rate: number | undefined,
  ) {
    this.#count = rate === undefined ? road.count : Math.min(road.count, Math.ceil((forMs * rate) / 1_000));
    this.#left = this.#count;
    this.#next = Float64Array.from(road.clients, (_, number) => number);
    this.#openSince = new Float64Array(road.clients.length);
  }

  get isOver(): boolean {
    return this.#isEnded || this.#left === 0;
  }

  get unsent(): number {
    return this.rate === undefined ? 0 : this.#noticed - (this.#count - this.#left);
  }

  start(): void {
    if (this.rate !== undefined) this.#tick();
    else for (const client of this.road.clients) this.serve(client);
  }

  serve(client: Client): void {
    if (this.isOver) return;
    if (!client.isOpen) {
      this.#openSince[client.number] = Number.NaN;
      return;
    }
    const { pipeline, clients } = this.road;
    const room = pipeline - client.inFlight;
    // One at a time would be a write each.
    if (this.rate === undefined && room < Math.min(BATCH, pipeline)) return;
    const now = this.road.now();
    if (this.rate === undefined && now >= this.startMs + this.forMs) {
      this.end();
      return;
    }
    if (Number.isNaN(this.#openSince[client.number])) this.#openSince[client.number] = now;
    const openSince = this.#openSince[client.number]!;
    const behind = this.#dueBy(now);
    let operation = this.#next[client.number]!;
    for (let left = Math.min(room, this.#atOnce); left > 0 && operation < behind && !this.#isEnded; left--) {
      this.#next[client.number] = operation + clients.length;
      this.#left--;
      const due = this.#dueAt(operation, now);
      this.lateMs = now - Math.max(due, openSince);
      this.road.gather(client, operation, due, now);
      operation += clients.length;
    }
    client.flush();
  }

  end(): void {
    if (!this.#isEnded && this.unsent > 0) {
      const now = this.road.now();
      this.lateMs = now - this.#dueAt(Math.min(...this.#next), now);
    }
    this.#isEnded = true;
    clearTimeout(this.#timer);
  }

  /** Who has fallen behind a rate goes on when it has read replies. */
  get #atOnce(): number {
    return this.rate === undefined ? this.road.pipeline : BATCH;
  }

  #dueAt(operation: number, now: number): number {
    return this.rate === undefined ? now : this.startMs + (operation * 1_000) / this.rate;
  }

  /** How many operations are due. */
  #dueBy(now: number): number {
    if (this.rate === undefined) return this.#count;
    return Math.min(this.#count, Math.floor(((now - this.startMs) * this.rate) / 1_000) + 1);
  }

  #tick(): void {
    if (this.#isEnded) return;
    const { clients, now } = this.road;
    const behind = this.#dueBy(now());
    const first = Math.max(this.#noticed, behind - clients.length);
    this.#noticed = behind;
    for (let operation = first; operation < behind; operation++) this.serve(clients[operation % clients.length]!);
    if (behind >= this.#count) return;
    // The event loop's own timers will do: whoever works beside a producer needs the processor.
    this.#timer = setTimeout(() => this.#tick(), Math.min(this.#dueAt(behind, 0) - now(), LONGEST_SLEEP_MS));
  }
}

/** A rate may be one a month, which setTimeout can't count to. */
const LONGEST_SLEEP_MS = 60_000;
