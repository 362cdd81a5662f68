import type { Reply } from '../../../contracts/redis.js';
import { OutcomeUnknown, ReplyError } from '../../../errors.js';
import { findError } from '../../replies.js';
import { type Payload, payloadOf } from '../payload.js';
import type { Depths, Idle, Outcomes, Taken, Turn } from './backend.js';

const listOf = (reply: Reply): readonly Reply[] => (Array.isArray(reply) ? reply : []);

/**
 * `{{lost, …}, {{payload, entry, deliveries, state}, …}, unique, {payload, …}, {inFlight, delayed, …}}`: of what is done
 * with the places (from 1) of what was not settled; what was taken; beyond that payloads whose entries are `<unique>1`,
 * `<unique>2`, …, or without a name; and what consumers beyond these are told.
 */
export function readTurn(reply: Reply, done: number, consumers: readonly string[]): Turn {
  const [lost = null, messages = null, unique = '', payloads = null, nothing = null] = listOf(reply);
  const [unsettled, taken, fresh] = [listOf(lost), listOf(messages), listOf(payloads)];
  return {
    settled: Array.from({ length: done }, (_, index) => !unsettled.includes(index + 1)),
    answers: consumers.map((consumer, index) => {
      const message = taken[index];
      if (message !== undefined) return readMessage(listOf(message), consumer);
      const at = index - taken.length;
      if (at >= fresh.length) return readIdle(listOf(nothing));
      const entry = unique === '' ? '' : `${String(unique)}${at + 1}`;
      return { payload: payloadOf(fresh[at]), deliveries: 1, state: '', entry, consumer };
    }),
  };
}

/** `{payload, entry}`; beyond the first delivery `{payload, entry, deliveries, state}`. */
const readMessage = ([payload, entry, deliveries = 1, state = '']: readonly Reply[], consumer: string): Taken => ({
  payload: payloadOf(payload),
  deliveries: Number(deliveries),
  state: String(state),
  entry: String(entry),
  consumer,
});

/** `{ready, inFlight, delayed, {head, …}}` */
export function readDepths(reply: Reply): Depths {
  const [ready, inFlight, delayed, heads = null] = listOf(reply);
  return {
    ready: Number(ready),
    inFlight: Number(inFlight),
    delayed: Number(delayed),
    heads: listOf(heads).map(payloadOf),
  };
}

/** `{{text, payload}, …}` */
export const readPairs = (reply: Reply): (readonly Payload[])[] =>
  listOf(reply).map((pair) => listOf(pair).map(payloadOf));

/** `{inFlight, delayed, nextInMs, position}` */
function readIdle([inFlight, delayed, next, position = '']: readonly Reply[]): Idle {
  return {
    inFlight: Number(inFlight),
    delayed: Number(delayed),
    nextInMs: Number(next) < 0 ? null : Number(next),
    position: String(position),
  };
}

/** For a command of a pipeline: the error that its reply holds, or null. */
export function errorOf(reply: Reply | undefined): Error | null {
  const error = findError(reply);
  return error ? new ReplyError(error.code, error.message) : null;
}

/** What the server, or the way to it, answered instead of a reply; raises any other error. */
export function outcomeOf(error: unknown): Error {
  if (error instanceof ReplyError || error instanceof OutcomeUnknown) return error;
  throw error;
}

/** One outcome for each of several calls that were sent at once. */
export async function outcomesOf(calls: readonly Promise<unknown>[]): Promise<Outcomes> {
  const settled = await Promise.allSettled(calls);
  return settled.map((call) => (call.status === 'fulfilled' ? null : outcomeOf(call.reason)));
}
