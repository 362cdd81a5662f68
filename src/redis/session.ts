import { setTimeout as delay } from 'node:timers/promises';
import type { CallOptions } from '../contracts/redis.js';
import { OutcomeUnknown } from '../errors.js';
import { formatDuration } from '../format/quantity.js';
import { type DialOptions, dial, type Link } from './link.js';
import { allowListeners } from './listeners.js';
import { isErrorReply, toReplyError } from './reply.js';
import { displayAddress, type RedisAddress } from './url.js';

const DEFAULT_TIMEOUT_MS = 10_000;
/** What a Node timer can hold. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
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

/** Keeps a link to the server: when one breaks, it dials again, and exchanges that were not sent yet wait. */
export class Session {
  readonly id = ++lastId;
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

  /** Raises a TargetError when the first link fails. */
  static async open(address: RedisAddress, options: SessionOptions): Promise<Session> {
    const session = new Session(address, options);
    session.#adopt(await session.#connect());
    return session;
  }

  /** Sends once, never again, and waits for the reply until the deadline. `what` names the command in errors. */
  exchange<T>(what: string, options: CallOptions | undefined, send: (link: Link) => Promise<T>): Promise<T> {
    const { timeoutMs = DEFAULT_TIMEOUT_MS, signal, breakOnAbort = false } = options ?? {};
    return new Promise<T>((resolve, reject) => {
      if (signal?.aborted) throw signal.reason;
      if (this.#closed) throw this.#notSent(what);
      let sentOn: Link | undefined;
      const finish = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
        this.#waiting.delete(waiting);
      };
      const fail = (error: unknown) => {
        finish();
        reject(error);
      };
      const start = (link: Link) => {
        sentOn = link;
        send(link).then(
          (reply) => {
            finish();
            resolve(reply);
          },
          (error: unknown) => fail(this.#explain(what, link, error)),
        );
      };
      const abort = () => {
        fail(signal?.reason);
        if (breakOnAbort) sentOn?.close();
      };
      const expire = () => fail(sentOn ? noReply(what, timeoutMs) : this.#notSent(what, timeoutMs));
      const timer = setTimeout(expire, Math.min(timeoutMs, LONGEST_TIMER_MS));
      const waiting: Waiting = { start, giveUp: () => fail(this.#notSent(what)) };
      if (signal) {
        allowListeners(signal);
        signal.addEventListener('abort', abort, { once: true });
      }
      if (this.link?.usable) start(this.link);
      else this.#waiting.add(waiting);
    });
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
    const link = await dial({ ...this.address, db: this.db }, this.options);
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

  #explain(what: string, link: Link, error: unknown): unknown {
    if (isErrorReply(error)) return toReplyError(error);
    if (link.usable) return error; // not the link's doing
    const why = this.#closed ? 'it was closed' : (link.failure?.message ?? 'the server closed it');
    const message = `the connection to ${displayAddress(this.address)} broke before ${what} was answered: ${why}`;
    return new OutcomeUnknown('CONNECTION', message, true, { cause: error });
  }

  #notSent(what: string, timeoutMs?: number): OutcomeUnknown {
    const why =
      timeoutMs === undefined
        ? `the connection to ${displayAddress(this.address)} is closed`
        : `there was no connection to ${displayAddress(this.address)} for ${formatDuration(timeoutMs)}`;
    return new OutcomeUnknown('CONNECTION', `${what} was not sent: ${why}`, false, { cause: this.#failure });
  }
}

const noReply = (what: string, timeoutMs: number): OutcomeUnknown =>
  new OutcomeUnknown('TIMEOUT', `no reply to ${what} within ${formatDuration(timeoutMs)}`, true);
