import type { Connection } from '../../contracts/redis.js';
import type { Clock } from '../../contracts/step.js';
import type { Idle, QueueBackend } from './backends/backend.js';

/** How long one blocking call on the server takes at most. */
const BLOCK_MS = 1_000;

/** How often a queue is looked at that can't tell of an arrival. */
const LOOK_MS = 2;

/**
 * Wakes idle workers one at a time: when the server tells of an arrival, when something is due, and at the latest
 * after `atMostMs`. Whoever is woken and finds a message rings for the next, so that an arrival doesn't wake all.
 */
export class Bell implements AsyncDisposable {
  readonly #waiting: (() => void)[] = [];
  #dueAt = Number.POSITIVE_INFINITY;
  #timer = new AbortController();
  #listening = false;
  #connection: Promise<Connection> | undefined;

  constructor(
    private readonly backend: QueueBackend,
    /** Opens the connection that is blocked, where there ever is one. */
    private readonly connect: () => Promise<Connection>,
    private readonly clock: Clock,
    private readonly atMostMs: number,
    private readonly signal: AbortSignal,
  ) {}

  wait(idle: Idle): Promise<void> {
    const atMostMs = this.backend.arrival ? this.atMostMs : LOOK_MS;
    this.#ringIn(Math.min(idle.nextInMs ?? atMostMs, atMostMs));
    void this.#listen(idle);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  ring(): void {
    this.#waiting.shift()?.();
  }

  ringAll(): void {
    while (this.#waiting.length > 0) this.ring();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer.abort();
    const connection = await this.#connection?.catch(() => undefined);
    await connection?.[Symbol.asyncDispose]();
  }

  #ringIn(milliseconds: number): void {
    const dueAt = this.clock.now() + milliseconds;
    if (dueAt >= this.#dueAt) return;
    this.#dueAt = dueAt;
    this.#timer.abort();
    this.#timer = new AbortController();
    this.clock.sleep(milliseconds, this.#timer.signal).then(
      () => {
        this.#dueAt = Number.POSITIVE_INFINITY;
        this.ring();
      },
      () => {}, // an earlier time took its place
    );
  }

  /** One call at a time; if it fails, the timer still rings, and the worker meets the same failure. */
  async #listen(idle: Idle): Promise<void> {
    if (this.#listening || !this.backend.arrival) return;
    this.#listening = true;
    try {
      this.#connection ??= this.connect().catch((error: unknown) => {
        this.#connection = undefined;
        throw error;
      });
      await this.backend.arrival(await this.#connection, idle, BLOCK_MS, { signal: this.signal });
      this.ring();
    } catch {
      // see above
    } finally {
      this.#listening = false;
    }
  }
}
