import type { LatencySummary } from '../../contracts/latency.js';
import { Histogram } from '../../history/histogram.js';

/** One second of a run, by when its replies came. */
export interface Second {
  /** Seconds since the start. */
  readonly second: number;
  readonly operations: number;
  readonly errors: number;
  readonly unknown: number;
  /** Null where nothing was answered. */
  readonly latency: LatencySummary | null;
}

/** What happened second by second. */
export class Series {
  readonly seconds: Second[] = [];
  errors = 0;
  unknown = 0;
  readonly #latency = new Histogram();
  #end: number;

  constructor(startMs: number) {
    this.#end = startMs + 1_000;
  }

  record(latencyMs: number): void {
    this.#latency.record(latencyMs);
  }

  /** Closes the seconds that are over; what is recorded next belongs to this time. */
  advance(now: number): void {
    while (now >= this.#end) {
      this.#close();
      this.#end += 1_000;
    }
  }

  /** Closes the last second too, when something happened in it. */
  finish(now: number): void {
    this.advance(now);
    if (this.#latency.total + this.errors + this.unknown > 0) this.#close();
  }

  #close(): void {
    const { errors, unknown } = this;
    const second = this.seconds.length;
    this.seconds.push({ second, operations: this.#latency.total, errors, unknown, latency: this.#latency.summary() });
    this.#latency.clear();
    this.errors = this.unknown = 0;
  }
}
