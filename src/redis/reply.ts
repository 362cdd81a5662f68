import { isUtf8 } from 'node:buffer';
import type { Argument, Reply } from '../contracts/redis.js';
import { ReplyError } from '../errors.js';

/**
 * What ioredis decoded, as a Reply. With `stringNumbers` and `replyMapping: 'resp3'` its strings are numbers and its
 * Buffers are strings of any kind; maps are objects, whose keys it has decoded as UTF-8 already.
 */
export function toReply(decoded: unknown): Reply {
  if (decoded === null || typeof decoded === 'boolean') return decoded;
  if (typeof decoded === 'string') return toNumber(decoded);
  if (Buffer.isBuffer(decoded)) return isUtf8(decoded) ? decoded.toString() : { base64: decoded.toString('base64') };
  if (Array.isArray(decoded)) return decoded.map(toReply);
  if (decoded instanceof Error) return { error: errorOf(decoded) };
  if (typeof decoded !== 'object') throw new TypeError(`ioredis gave a ${typeof decoded} for a reply`);
  // fromEntries makes `__proto__` a key like any other.
  return Object.fromEntries(Object.entries(decoded).map(([key, value]) => [key, toReply(value)]));
}

/** Of several replies, where an error is a value. */
export const asValue = (reply: Reply | Error): Reply => (reply instanceof Error ? { error: errorOf(reply) } : reply);

const errorOf = (error: Error): { readonly code: string; readonly message: string } => {
  const { code, message } = toReplyError(error);
  return { code, message };
};

/** A name or a value that came in a reply, to be sent again. */
export function toArgument(reply: Reply): Argument {
  if (typeof reply === 'object' && reply !== null && 'base64' in reply)
    return Buffer.from(String(reply.base64), 'base64');
  return String(reply);
}

/** Splits an error reply into its code and the rest. */
export function toReplyError(error: Error): ReplyError {
  if (error instanceof ReplyError) return error;
  const [code, ...rest] = error.message.split(' ');
  // Without the original as cause: it holds the command's arguments, a password among them.
  return new ReplyError(code ?? '', rest.join(' '));
}

/** Whether the server sent this error, rather than ioredis or the socket. */
export const isErrorReply = (error: unknown): error is Error => error instanceof Error && error.name === 'ReplyError';

/**
 * Integers, doubles and big numbers all come as digits. Whole ones beyond 2^53 are bigints, doubles that the server
 * writes without an exponent included; `inf`, `-inf` and `nan` stay as they are, for JSON has no numbers for them.
 */
function toNumber(digits: string): number | bigint | string {
  const number = Number(digits);
  if (Number.isSafeInteger(number)) return number;
  if (/^[+-]?\d+$/.test(digits)) return BigInt(digits);
  return Number.isFinite(number) ? number : digits;
}
