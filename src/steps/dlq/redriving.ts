import type { StepContext } from '../../contracts/step.js';
import { ScenarioError } from '../../errors.js';
import { FailedAgain } from './failed-again.js';
import type { DeadQueue, Found } from './layouts/layout.js';

export interface RedriveRequest {
  readonly chosen: (found: Found) => boolean;
  /** Undefined: each goes to the queue that gave it up. */
  readonly to: string | undefined;
  readonly max: number;
  /** Each second; undefined: as fast as it goes. */
  readonly rate: number | undefined;
  /** Stops when more than this share of what was moved failed again. */
  readonly stopAbove: number | undefined;
  /** How long to look, after the last one was moved, for those that fail again. */
  readonly settleMs: number;
}

/** Called before a letter is moved; what it returns hears what became of it: whether it was still there, or an error. */
export type RedriveObserver = (found: Found, queue: string) => (outcome: boolean | { readonly error: unknown }) => void;

/** Who waits, and what ends the wait. */
export type Waiter = Pick<StepContext, 'clock' | 'signal'>;

/** So many were moved before the share of those that failed again says anything. */
export const SAMPLE = 20;
/** Timers are late by a millisecond or two, which high rates must not suffer from. */
const CATCH_UP_MS = 20;
const LOOK_EVERY_MS = 250;
/** Looking reads the whole queue: it may take a tenth of the time. */
const SHARE_OF_LOOKING = 10;

/** Moves dead letters back, the oldest first. What it counted stands when it is interrupted. */
export class Redrive {
  /** Dead letters in the queue when it began. */
  depth = 0;
  /** Those that are chosen, before `max` cuts them off, and those of them that are to be moved. */
  chosen = 0;
  planned = 0;
  /** How many of those go to each queue. */
  readonly destinations = new Map<string, number>();
  /** Chosen, but nothing tells which queue gave them up. */
  homeless = 0;
  moved = 0;
  /** More than the allowed share failed again. */
  stopped = false;
  readonly #failedAgain: FailedAgain | undefined;
  #lookAt = 0;
  #dueAt = 0;

  constructor(
    private readonly queue: DeadQueue,
    private readonly request: RedriveRequest,
    private readonly waiter: Waiter,
    private readonly observe?: RedriveObserver,
  ) {
    const { stopAbove, rate } = request;
    if (stopAbove !== undefined && rate === undefined) {
      throw new ScenarioError('to stop above a share of failures, a redrive needs a rate', {
        next: 'moved all at once, the last would be gone before the first has failed: give a rate such as 50/s',
      });
    }
    if (stopAbove !== undefined) this.#failedAgain = new FailedAgain(queue);
  }

  /** Letters that were moved and are dead again; null where nobody looks. */
  get failedAgain(): number | null {
    return this.#failedAgain?.count ?? null;
  }

  /** Counts what is there, and changes nothing. */
  async survey(): Promise<void> {
    const { to, max } = this.request;
    for await (const found of this.queue.entries()) {
      this.waiter.signal.throwIfAborted();
      this.depth++;
      this.#failedAgain?.was(found);
      if (!this.request.chosen(found)) continue;
      this.chosen++;
      const queue = this.queue.destination(found, to);
      if (queue === '') this.homeless++;
      else if (this.planned < max) {
        this.planned++;
        this.destinations.set(queue, (this.destinations.get(queue) ?? 0) + 1);
      }
    }
  }

  /** After the survey. Raises the signal's reason between two letters, never while one is moved. */
  async run(): Promise<void> {
    const { chosen, to } = this.request;
    this.#dueAt = this.waiter.clock.now();
    let tried = 0;
    for await (const found of this.queue.entries()) {
      if (tried >= this.planned) break;
      const queue = chosen(found) ? this.queue.destination(found, to) : '';
      if (queue === '') continue;
      this.waiter.signal.throwIfAborted();
      await this.#untilDue();
      tried++;
      if (await this.#move(found, queue)) this.#failedAgain?.moved(found);
      if (this.moved >= SAMPLE && (await this.#tooMany())) return;
    }
    if (this.moved > 0) await this.#settle();
  }

  /** What fell behind, because somebody looked or the server hung, is not made up for: the rate protects the workers. */
  async #untilDue(): Promise<void> {
    const { clock, signal } = this.waiter;
    const { rate } = this.request;
    if (rate === undefined) return;
    const now = clock.now();
    if (this.#dueAt > now) await clock.sleep(this.#dueAt - now, signal);
    this.#dueAt = Math.max(this.#dueAt, now - CATCH_UP_MS) + 1_000 / rate;
  }

  async #move(found: Found, queue: string): Promise<boolean> {
    const ended = this.observe?.(found, queue);
    try {
      const moved = await this.queue.redrive(found, queue);
      if (moved) this.moved++;
      ended?.(moved);
      return moved;
    } catch (error) {
      ended?.({ error });
      throw error;
    }
  }

  /** Looks from time to time whether more failed again than allowed. */
  async #tooMany(): Promise<boolean> {
    const { stopAbove = 1 } = this.request;
    const startMs = this.waiter.clock.now();
    if (!this.#failedAgain || startMs < this.#lookAt) return false;
    await this.#failedAgain.look();
    const endMs = this.waiter.clock.now();
    this.#lookAt = endMs + Math.max(LOOK_EVERY_MS, (endMs - startMs) * SHARE_OF_LOOKING);
    this.stopped = this.#failedAgain.count > stopAbove * this.moved;
    return this.stopped;
  }

  /** The last ones need time to fail. */
  async #settle(): Promise<void> {
    if (!this.#failedAgain) return;
    const { clock, signal } = this.waiter;
    const endMs = clock.now() + this.request.settleMs;
    for (let left = this.request.settleMs; left > 0 && !(await this.#tooMany()); left = endMs - clock.now()) {
      await clock.sleep(Math.min(LOOK_EVERY_MS, left), signal);
    }
    this.#lookAt = 0;
    if (!this.stopped) await this.#tooMany();
  }
}
