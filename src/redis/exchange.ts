import type { CallOptions } from '../contracts/redis.js';
import { OutcomeUnknown, TimeLimitError } from '../errors.js';
import { formatDuration } from '../format/quantity.js';
import type { Link } from './link.js';
import { onAbort } from './listeners.js';
import { isErrorReply, toReplyError } from './reply.js';
import { displayAddress, type RedisAddress } from './url.js';

const DEFAULT_TIMEOUT_MS = 10_000;
/** What a Node timer can hold. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** One request, until its reply, its deadline or its signal. */
export interface Wait {
  /** Names it in errors. */
  readonly what: string;
  /** Nobody waits any more: what was not sent yet must not be. */
  readonly isOver: boolean;
  /** From now on the request may have been applied. */
  sentOn(link: Link): void;
  isSent(): boolean;
  /** The server did not take it, so that it may be sent again. */
  refused(): void;
  onOver(listener: () => void): void;
}

/** Waits for what `begin` gives until the deadline. `what` names the command in errors. */
export function exchange<T>(
  what: string,
  options: CallOptions | undefined,
  notSent: (timeoutMs: number) => OutcomeUnknown,
  begin: (wait: Wait) => Promise<T>,
): Promise<T> {
  const { timeoutMs = DEFAULT_TIMEOUT_MS, reachMs = timeoutMs, signal, breakOnAbort = false } = options ?? {};
  return new Promise<T>((resolve, reject) => {
    if (signal?.aborted) throw signal.reason;
    const begunAt = performance.now();
    const links = new Set<Link>();
    const listeners: (() => void)[] = [];
    let isOver = false;
    const finish = () => {
      isOver = true;
      clearTimeout(timer);
      clearTimeout(reachTimer);
      release?.();
      for (const listener of listeners) listener();
    };
    const fail = (error: unknown) => {
      finish();
      reject(error);
    };
    const abort = () => {
      // What took so long is no command that the server was given.
      const isUnsent = links.size === 0 && signal?.reason instanceof TimeLimitError;
      fail(isUnsent ? notSent(Math.round(performance.now() - begunAt)) : signal?.reason);
      if (breakOnAbort) for (const link of links) link.close();
    };
    const expire = () => fail(links.size > 0 ? noReply(what, timeoutMs) : notSent(timeoutMs));
    const timer = setTimeout(expire, Math.min(timeoutMs, LONGEST_TIMER_MS));
    const expireUnsent = () => links.size === 0 && fail(notSent(reachMs));
    const reachTimer = reachMs < timeoutMs ? setTimeout(expireUnsent, reachMs) : undefined;
    const release = signal && onAbort(signal, abort);
    const wait: Wait = {
      what,
      get isOver() {
        return isOver;
      },
      sentOn: (link) => links.add(link),
      isSent: () => links.size > 0,
      refused: () => links.clear(),
      onOver: (listener) => listeners.push(listener),
    };
    begin(wait).then((reply) => {
      finish();
      resolve(reply);
    }, fail);
  });
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
