import { createHash } from 'node:crypto';
import type { Argument, CallOptions, Connection, Reply } from '../contracts/redis.js';
import { ReplyError } from '../errors.js';

/** By EVALSHA, or by EVAL where the server doesn't know it. */
export async function runScript(
  connection: Pick<Connection, 'call'>,
  lua: string,
  keys: readonly string[],
  args: readonly Argument[],
  options?: CallOptions,
): Promise<Reply> {
  try {
    return await connection.call(['EVALSHA', digestOf(lua), keys.length, ...keys, ...args], options);
  } catch (error) {
    if (!(error instanceof ReplyError && error.code === 'NOSCRIPT')) throw error;
    return await connection.call(['EVAL', lua, keys.length, ...keys, ...args], options);
  }
}

const digests = new Map<string, string>();

function digestOf(lua: string): string {
  let digest = digests.get(lua);
  if (digest === undefined) {
    digest = createHash('sha1').update(lua).digest('hex');
    digests.set(lua, digest);
  }
  return digest;
}
