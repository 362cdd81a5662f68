import type { Histogram } from '../../history/histogram.js';
import type { Client } from '../net/client.js';
import { InFlight } from '../net/in-flight.js';
import type { Arrivals } from './arrivals.js';
import type { Driver, Road } from './driver.js';
import { type Paced, pace } from './pacer.js';

/** Noticed at once, so that replies are read in between. */
const MOST_NOTICED = 10_000;
/** Operations that wait for a client; of a rate far beyond what can be sent all others stay unsent. */
const MOST_WAITING = 2 ** 20;
/** No stall of the machine. */
const FAR_BEHIND_MS = 500;

/**
 * Operations are due whatever became of those before, and go to the clients in turn. One that finds no client free
 * waits for one, and its latency counts from when it was due.
 */
export class OpenLoop implements Driver, Paced {
  /** When the next operation is due. */
  nextDue: number;
  lastSentMs = 0;
  lateMs = 0;
  #next = 0;
  /** Operations that were due and will not be sent. */
  #dropped = 0;
  #turn = 0;
  readonly #waiting = new InFlight();
  #pacer: { stop(): void } | undefined;

  constructor(
    private readonly road: Road,
    private readonly arrivals: Arrivals,
    private readonly startMs: number,
    /** How long after they were due operations were noticed. */
    private readonly lag: Histogram,
    private readonly isAnswerDue: () => boolean,
    /** Nothing is due any more. */
    private readonly onEnd: () => void,
  ) {
    this.nextDue = startMs + arrivals.next();
  }

  get unsent(): number {
    return this.#waiting.length + this.#dropped;
  }

  get isOver(): boolean {
    return this.nextDue === Number.POSITIVE_INFINITY && this.#waiting.length === 0;
  }

  get isWaiting(): boolean {
    return this.isAnswerDue();
  }

  start(): void {
    this.#pacer = pace(this, this.road.now);
  }

  tick(now: number): void {
    for (let noticed = 0; this.nextDue <= now && noticed < MOST_NOTICED; noticed++) {
      this.lag.record(now - this.nextDue);
      if (this.#waiting.length < MOST_WAITING) this.#waiting.push(this.#next, this.nextDue);
      else this.#dropped++;
      this.#next++;
      this.nextDue = this.#next < this.road.count ? this.startMs + this.arrivals.next() : Number.POSITIVE_INFINITY;
    }
    this.#sendAll();
    if (this.nextDue === Number.POSITIVE_INFINITY) this.onEnd();
  }

  serve(client: Client): void {
    if (this.#waiting.length === 0 || !this.#hasRoom(client)) return;
    const now = this.road.now();
    while (this.#waiting.length > 0 && this.#hasRoom(client)) this.#give(client, now);
    client.flush();
  }

  end(): void {
    const now = this.road.now();
    // Of a rate far beyond what can be noticed, what was due is not counted one by one.
    if (this.nextDue <= now - FAR_BEHIND_MS) {
      const due = Math.min(this.road.count, this.arrivals.expectedBy(now - this.startMs));
      this.#dropped += Math.max(0, due - this.#next);
    }
    this.nextDue = Number.POSITIVE_INFINITY;
    this.#pacer?.stop();
  }

  /** One for each client in turn, and one more where all have room; each writes once. */
  #sendAll(): void {
    if (this.#waiting.length === 0) return;
    const { clients, now } = this.road;
    const first = this.#turn;
    const at = now();
    let asked = 0;
    for (let busy = 0; this.#waiting.length > 0 && busy < clients.length; asked++) {
      const client = clients[this.#turn]!;
      this.#turn = (this.#turn + 1) % clients.length;
      if (!this.#hasRoom(client)) busy++;
      else {
        busy = 0;
        this.#give(client, at);
      }
    }
    for (let index = 0; index < Math.min(clients.length, asked); index++) {
      clients[(first + index) % clients.length]!.flush();
    }
  }

  #hasRoom(client: Client): boolean {
    return client.inFlight < this.road.pipeline && client.isOpen;
  }

  #give(client: Client, now: number): void {
    this.lastSentMs = now;
    this.lateMs = now - this.#waiting.due;
    this.road.gather(client, this.#waiting.operation, this.#waiting.due, now);
    this.#waiting.dropFirst();
  }
}
