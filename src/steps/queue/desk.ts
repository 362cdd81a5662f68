import type { Connection } from '../../contracts/redis.js';
import type { Idle, QueueBackend, Taken } from './backends/backend.js';

/** Messages in one script at most: the server does nothing else meanwhile. */
const MOST = 64;

interface Waiting<Request, Answer> {
  readonly request: Request;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

/**
 * Takes and acknowledges messages for several workers of a step over one connection. What they ask for in one turn of
 * the event loop goes to the server as one script, acknowledgements first; each worker still has one message in its
 * hands.
 */
export class Desk implements AsyncDisposable {
  #takes: Waiting<string, Taken | Idle>[] = [];
  #settlements: Waiting<Taken, boolean>[] = [];
  #isCalled = false;

  /** `atOnce`: false where a lost reply must lose one message at most. */
  constructor(
    private readonly backend: QueueBackend,
    readonly connection: Connection,
    private readonly atOnce: boolean,
    private readonly signal: AbortSignal,
  ) {}

  take(consumer: string): Promise<Taken | Idle> {
    this.#call();
    return new Promise((resolve, reject) => this.#takes.push({ request: consumer, resolve, reject }));
  }

  /** False where its lease has ended. */
  complete(taken: Taken): Promise<boolean> {
    this.#call();
    return new Promise((resolve, reject) => this.#settlements.push({ request: taken, resolve, reject }));
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
    const [settlements, takes] = [this.#settlements, this.#takes];
    this.#isCalled = false;
    this.#settlements = [];
    this.#takes = [];
    const most = this.atOnce ? MOST : 1;
    for (let from = 0; from < Math.max(settlements.length, takes.length); from += most) {
      this.#send(settlements.slice(from, from + most), takes.slice(from, from + most));
    }
  }

  #send(settlements: readonly Waiting<Taken, boolean>[], takes: readonly Waiting<string, Taken | Idle>[]): void {
    const { backend, connection, signal } = this;
    const done = settlements.map(({ request }) => request);
    const consumers = takes.map(({ request }) => request);
    backend.settleAndTake(connection, done, consumers, { signal }).then(
      ({ settled, answers }) => {
        // Those who are done with their message at once have asked by then: no need to wait for the end of the turn.
        this.#call(process.nextTick);
        for (const [at, { resolve }] of settlements.entries()) resolve(settled[at]!);
        for (const [at, { resolve }] of takes.entries()) resolve(answers[at]!);
      },
      (error: unknown) => {
        for (const { reject } of settlements) reject(error);
        for (const { reject } of takes) reject(error);
      },
    );
  }
}
