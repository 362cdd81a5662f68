import type { Connection } from '../../contracts/redis.js';
import type { Idle, QueueBackend, Taken } from './backends/backend.js';

/** Workers in one script at most: the server does nothing else meanwhile. */
const MOST = 64;

/** What a worker asks for at once: that what it is done with is acknowledged, and its next message. */
interface Asking {
  readonly done: Taken | null;
  /** Null for one that wants no more. */
  readonly consumer: string | null;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

export interface Answer {
  /** False where its lease had ended. */
  readonly settled: boolean;
  readonly next: Taken | Idle | null;
}

/**
 * Takes and acknowledges messages for several workers of a step over one connection. What they ask for in one turn of
 * the event loop goes to the server as one script, acknowledgements first; each worker still has one message in its
 * hands.
 */
export class Desk implements AsyncDisposable {
  #asking: Asking[] = [];
  #isCalled = false;

  /** `atOnce`: false where a lost reply must lose one message at most. */
  constructor(
    private readonly backend: QueueBackend,
    readonly connection: Connection,
    private readonly atOnce: boolean,
    private readonly signal: AbortSignal,
  ) {}

  ask(done: Taken | null, consumer: string | null): Promise<Answer> {
    this.#call();
    return new Promise((resolve, reject) => this.#asking.push({ done, consumer, resolve, reject }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection[Symbol.asyncDispose]();
  }

  #call(later: (flush: () => void) => void = setImmediate): void {
    if (this.#isCalled) return;
    this.#isCalled = true;
    later(() => this.#flush());
  }

  #flush(): void {
    const asking = this.#asking;
    this.#isCalled = false;
    this.#asking = [];
    const most = this.atOnce ? MOST : 1;
    for (let from = 0; from < asking.length; from += most) this.#send(asking.slice(from, from + most));
  }

  #send(asking: readonly Asking[]): void {
    const done: Taken[] = [];
    const consumers: string[] = [];
    for (const one of asking) {
      if (one.done !== null) done.push(one.done);
      if (one.consumer !== null) consumers.push(one.consumer);
    }
    this.backend.settleAndTake(this.connection, done, consumers, { signal: this.signal }).then(
      ({ settled, answers }) => {
        // Those who are done with their message at once have asked by then: no need to wait for the end of the turn.
        this.#call(process.nextTick);
        let settling = 0;
        let taking = 0;
        for (const { done, consumer, resolve } of asking) {
          const isSettled = done !== null && settled[settling++] === true;
          resolve({ settled: isSettled, next: consumer === null ? null : answers[taking++]! });
        }
      },
      (error: unknown) => {
        for (const { reject } of asking) reject(error);
      },
    );
  }
}
