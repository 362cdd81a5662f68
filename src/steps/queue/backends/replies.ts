import type { Reply } from '../../../contracts/redis.js';
import { OutcomeUnknown, ReplyError } from '../../../errors.js';
import { findError } from '../../replies.js';
import { type Payload, payloadOf } from '../payload.js';
import type { Depths, Idle, Outcomes, Taken } from './backend.js';

const listOf = (reply: Reply): readonly Reply[] => (Array.isArray(reply) ? reply : []);

/** `{{{payload, entry}, …}, {inFlight, delayed, …}}`, the latter for consumers beyond what there was. */
export function readTaken(reply: Reply, consumers: readonly string[]): (Taken | Idle)[] {
  const [messages = null, nothing = null] = listOf(reply);
  const taken = listOf(messages);
  return consumers.map((consumer, index) => {
    const message = taken[index];
    return message === undefined ? readIdle(listOf(nothing)) : readMessage(listOf(message), consumer);
  });
}

/** `{payload, entry}`; beyond the first delivery `{payload, entry, deliveries, state}`. */
const readMessage = ([payload, entry, deliveries = 1, state = '']: readonly Reply[], consumer: string): Taken => ({
  payload: payloadOf(payload),
  deliveries: Number(deliveries),
  state: String(state),
  entry: String(entry),
  consumer,
});

/** 1 for each that was settled, 0 for each that was not. */
export const readSettled = (reply: Reply): boolean[] => listOf(reply).map((settled) => settled === 1);

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
