import type { CallOptions } from '../contracts/redis.js';
import { OutcomeUnknown, TimeLimitError } from '../errors.js';
import { now } from '../format/now.js';
import { formatDuration } from '../format/quantity.js';
import type { Link } from './link.js';
import { onAbort } from './listeners.js';
import { isErrorReply, toReplyError } from './reply.js';
import { displayAddress, type RedisAddress } from './url.js';

const DEFAULT_TIMEOUT_MS = 10_000;
/** What a Node timer can hold. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Waits for what `begin` gives until the deadline. `what` names the command in errors. */
export function exchange<T>(
  what: string,
  options: CallOptions | undefined,
  notSent: (timeoutMs: number) => OutcomeUnknown,
  begin: (wait: Wait) => Promise<T>,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    options?.signal?.throwIfAborted();
    const wait = new Wait(what, options ?? {}, notSent, reject);
    begin(wait).then(
      (reply) => {
        wait.finish();
        resolve(reply);
      },
      (error: unknown) => wait.fail(error),
    );
  });
}

/**
 * One request, until its reply, its deadline or its signal. A class, for there is one for each command: an object with a
 * getter of its own takes a hidden class of its own, which only the collection of all garbage finds again.
 */
export class Wait {
  /** Nobody waits any more: what was not sent yet must not be. */
  isOver = false;
  #links: Link[] = [];
  #listeners: (() => void)[] | undefined;
  readonly #begunAt = now();
  readonly #timer: NodeJS.Timeout;
  readonly #reachTimer: NodeJS.Timeout | undefined;
  readonly #release: (() => void) | undefined;

  constructor(
    /** Names it in errors. */
    readonly what: string,
    private readonly options: CallOptions,
    private readonly notSent: (timeoutMs: number) => OutcomeUnknown,
    private readonly reject: (error: unknown) => void,
  ) {
    const { timeoutMs = DEFAULT_TIMEOUT_MS, reachMs = timeoutMs, signal } = options;
    this.#timer = setTimeout(() => this.#expire(timeoutMs), Math.min(timeoutMs, LONGEST_TIMER_MS));
    if (reachMs < timeoutMs) {
      this.#reachTimer = setTimeout(() => this.isSent() || this.fail(notSent(reachMs)), reachMs);
    }
    this.#release = signal && onAbort(signal, () => this.#abort());
  }

  /** From now on the request may have been applied. */
  sentOn(link: Link): void {
    this.#links.push(link);
  }

  isSent(): boolean {
    return this.#links.length > 0;
  }

  /** The server did not take it, so that it may be sent again. */
  refused(): void {
    this.#links = [];
  }

  onOver(listener: () => void): void {
    this.#listeners ??= [];
    this.#listeners.push(listener);
  }

  finish(): void {
    this.isOver = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#reachTimer);
    this.#release?.();
    if (this.#listeners) for (const listener of this.#listeners) listener();
  }

  fail(error: unknown): void {
    this.finish();
    this.reject(error);
  }

  #expire(timeoutMs: number): void {
    this.fail(this.isSent() ? noReply(this.what, timeoutMs) : this.notSent(timeoutMs));
  }

  #abort(): void {
    const { signal, breakOnAbort = false } = this.options;
    // What took so long is no command that the server was given.
    const isUnsent = !this.isSent() && signal?.reason instanceof TimeLimitError;
    this.fail(isUnsent ? this.notSent(Math.round(now() - this.#begunAt)) : signal?.reason);
    if (breakOnAbort) for (const link of this.#links) link.close();
  }
}

const noReply = (what: string, timeoutMs: number): OutcomeUnknown =>
  new OutcomeUnknown('TIMEOUT', `no reply to ${what} within ${formatDuration(timeoutMs)}`, true);

/** What nobody was given: the connection is closed, or there was none for so long. `failure`: the last try to have one. */
export function neverSent(what: string, address: RedisAddress, failure: unknown, timeoutMs?: number): OutcomeUnknown {
  const at = displayAddress(address);
  const why =
    timeoutMs === undefined
      ? `the connection to ${at} is closed`
      : `there was no connection for ${formatDuration(timeoutMs)}: ${failure instanceof Error ? failure.message : at}`;
  return new OutcomeUnknown('CONNECTION', `${what} was not sent: ${why}`, false, { cause: failure });
}

/** What an error that a link gave means: the server refused, or the link broke; else it is not the link's doing. */
export function explain(what: string, link: Link, address: string, error: unknown): unknown {
  if (isErrorReply(error)) {
    link.noteRefusal(error);
    return toReplyError(error);
  }
  if (link.usable) return error;
  const why = link.isClosed ? 'it was closed' : (link.failure?.message ?? 'the server closed it');
  const message = `the connection to ${address} broke before ${what} was answered: ${why}`;
  return new OutcomeUnknown('CONNECTION', message, true, { cause: error });
}
