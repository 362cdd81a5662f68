import { setTimeout as delay } from 'node:timers/promises';
import type { CallOptions } from '../contracts/redis.js';
import type { OutcomeUnknown } from '../errors.js';
import { exchange, explain, neverSent } from './exchange.js';
import type { DialOptions, Link } from './link.js';
import { reach } from './reach.js';
import { displayAddress, type RedisAddress } from './url.js';

const FIRST_RETRY_MS = 10;
const LONGEST_RETRY_MS = 1_000;

export interface SessionOptions extends DialOptions {
  /** Makes a new link ready, before any exchange uses it. */
  readonly prepare?: (link: Link) => Promise<void>;
  /** The link broke, and not by `close`. */
  readonly onLost?: () => void;
}

interface Waiting {
  start(link: Link): void;
  giveUp(): void;
}

let lastId = 0;

/** Unique within the run. */
export const nextConnectionId = (): number => ++lastId;

/** Keeps a link to the server: when one breaks, it dials again, and exchanges that were not sent yet wait. */
export class Session {
  readonly id = nextConnectionId();
  link: Link | null = null;
  /** The database that the next link begins in. */
  db: number;
  readonly #waiting = new Set<Waiting>();
  #closed = false;
  #failure: unknown;

  private constructor(
    private readonly address: RedisAddress,
    private readonly options: SessionOptions,
  ) {
    this.db = address.db;
  }

  /** Goes on with a link that has just been dialled. */
  static over(link: Link, address: RedisAddress, options: SessionOptions): Session {
    const session = new Session(address, options);
    session.#adopt(link);
    return session;
  }

  /** Sends once, never again, and waits for the reply until the deadline. `what` names the command in errors. */
  exchange<T>(what: string, options: CallOptions | undefined, send: (link: Link) => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(this.#notSent(what));
    return exchange(
      what,
      options,
      (timeoutMs) => this.#notSent(what, timeoutMs),
      (wait) => {
        const start = (link: Link): Promise<T> => {
          wait.sentOn(link);
          return send(link).catch((error: unknown) => {
            throw explain(what, link, displayAddress(this.address), error);
          });
        };
        if (this.link?.usable) return start(this.link);
        return new Promise((resolve, reject) => {
          const waiting: Waiting = {
            start: (link) => resolve(start(link)),
            giveUp: () => reject(this.#notSent(what)),
          };
          this.#waiting.add(waiting);
          wait.onOver(() => this.#waiting.delete(waiting));
        });
      },
    );
  }

  /** Breaks the link at once; what is in flight fails, and nothing is sent any more. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.link?.close();
    this.link = null;
    for (const waiting of this.#waiting) waiting.giveUp();
  }

  async #connect(): Promise<Link> {
    const link = await reach({ ...this.address, db: this.db }, this.options);
    try {
      await this.options.prepare?.(link);
    } catch (error) {
      link.close();
      throw error;
    }
    return link;
  }

  #adopt(link: Link): void {
    this.link = link;
    void link.ended.then(() => {
      if (this.#closed) return;
      this.link = null;
      this.options.onLost?.();
      void this.#reconnect();
    });
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const { start } of waiting) start(link);
  }

  async #reconnect(): Promise<void> {
    for (let pause = FIRST_RETRY_MS; !this.#closed; pause = Math.min(pause * 2, LONGEST_RETRY_MS)) {
      await delay(pause, undefined, { ref: false });
      try {
        const link = await this.#connect();
        if (this.#closed) return link.close();
        return this.#adopt(link);
      } catch (error) {
        this.#failure = error;
      }
    }
  }

  #notSent(what: string, timeoutMs?: number): OutcomeUnknown {
    return neverSent(what, this.address, this.#failure, timeoutMs);
  }
}
