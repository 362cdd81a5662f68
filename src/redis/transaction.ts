import type { Reply } from '../contracts/redis.js';
import { ReplyError } from '../errors.js';
import { toReplyError } from './reply.js';

/** From the settled replies to MULTI, the commands and EXEC: EXEC's, or null when a WATCH stopped it. */
export function readTransaction([begun, ...queued]: readonly (Reply | Error | undefined)[]): readonly Reply[] | null {
  const executed = queued.pop();
  if (begun instanceof Error) throw begun;
  if (executed instanceof Error) throw refusedTransaction(executed, queued);
  // EXEC's reply is a list otherwise.
  return executed === null ? null : (executed as readonly Reply[]);
}

/** EXECABORT says nothing of the command that was refused. */
function refusedTransaction(executed: Error, queued: readonly unknown[]): Error {
  const refused = queued.find((reply) => reply instanceof Error);
  if (!refused) return executed;
  const { code, message } = toReplyError(executed);
  return new ReplyError(code, `${message} The first: ${refused.message}`);
}
