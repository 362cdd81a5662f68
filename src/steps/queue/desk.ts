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
 * Takes and acknowledges messages for all workers of a step over one connection. What they ask for in one turn of the
 * event loop goes to the server at once, acknowledgements first; each worker still has one message in its hands.
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

  #call(): void {
    if (this.#isCalled) return;
    this.#isCalled = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    const { backend, connection, signal } = this;
    const [settlements, takes] = [this.#settlements, this.#takes];
    this.#isCalled = false;
    this.#settlements = [];
    this.#takes = [];
    const most = this.atOnce ? MOST : 1;
    answerAll(settlements, most, (taken) => backend.complete(connection, taken, { signal }));
    answerAll(takes, most, (consumers) => backend.take(connection, consumers, { signal }));
  }
}

function answerAll<Request, Answer>(
  all: readonly Waiting<Request, Answer>[],
  most: number,
  ask: (requests: readonly Request[]) => Promise<readonly Answer[]>,
): void {
  for (let from = 0; from < all.length; from += most) {
    const some = all.slice(from, from + most);
    ask(some.map(({ request }) => request)).then(
      (answers) => {
        for (const [at, { resolve }] of some.entries()) resolve(answers[at]!);
      },
      (error: unknown) => {
        for (const { reject } of some) reject(error);
      },
    );
  }
}
