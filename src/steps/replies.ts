import type { CallOptions, Reply } from '../contracts/redis.js';
import type { StepContext } from '../contracts/step.js';
import { ReplyError } from '../errors.js';

/**
 * For a call that is the whole step: the step's own time limit ends it, through the signal. A deadline of the call's
 * own would cut off a `timeout: 30s`, or a `BLPOP key 20`, at the connection's default.
 */
export const untilStepEnds = (context: StepContext): CallOptions => ({
  signal: context.signal,
  timeoutMs: Number.POSITIVE_INFINITY,
});

/** The same for a command of the scenario's own, on a connection that the case does not share. */
export const untilStepEndsOrBreak = (context: StepContext): CallOptions => ({
  ...untilStepEnds(context),
  breakOnAbort: true,
});

export interface ErrorValue {
  readonly code: string;
  readonly message: string;
}

/** The first error value in a reply, however deep. */
export function findError(reply: unknown): ErrorValue | undefined {
  if (typeof reply !== 'object' || reply === null) return undefined;
  if (!Array.isArray(reply) && 'error' in reply && isErrorValue(reply.error)) return reply.error;
  for (const part of Object.values(reply)) {
    const error = findError(part);
    if (error) return error;
  }
  return undefined;
}

// A map of the server holds strings, never an object with these two, unless the server answered with an error.
const isErrorValue = (value: unknown): value is ErrorValue =>
  typeof value === 'object' &&
  value !== null &&
  'code' in value &&
  typeof value.code === 'string' &&
  'message' in value &&
  typeof value.message === 'string';

/** For an action that sends several commands of its own: an error among their replies is the action's. */
export function raiseError<T extends Reply | readonly Reply[]>(replies: T): T {
  const error = findError(replies);
  if (error) throw new ReplyError(error.code, error.message);
  return replies;
}
