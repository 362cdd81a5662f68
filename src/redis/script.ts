import { createHash } from 'node:crypto';
import type { Argument, CallOptions, Connection, Reply } from '../contracts/redis.js';
import { ReplyError } from '../errors.js';

/** For a digest node:crypto has to be loaded, which takes as long as some twenty scripts. */
const WITHOUT_DIGEST = 20;

/** By EVAL at first; from then on by EVALSHA, or by EVAL where the server doesn't know it. */
export async function runScript(
  connection: Pick<Connection, 'call'>,
  lua: string,
  keys: readonly string[],
  args: readonly Argument[],
  options?: CallOptions,
): Promise<Reply> {
  const digest = digestOf(lua);
  try {
    if (digest) return await connection.call(['EVALSHA', digest, keys.length, ...keys, ...args], options);
  } catch (error) {
    if (!(error instanceof ReplyError && error.code === 'NOSCRIPT')) throw error;
  }
  return await connection.call(['EVAL', lua, keys.length, ...keys, ...args], options);
}

/** Of each script how often it ran, or its digest. */
const scripts = new Map<string, number | string>();

function digestOf(lua: string): string | undefined {
  let known = scripts.get(lua) ?? 0;
  if (typeof known === 'string') return known;
  known = known < WITHOUT_DIGEST ? known + 1 : createHash('sha1').update(lua).digest('hex');
  scripts.set(lua, known);
  return typeof known === 'string' ? known : undefined;
}
