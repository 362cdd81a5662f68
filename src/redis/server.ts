import type { Connection } from '../contracts/redis.js';
import type { ServerFacts } from '../contracts/target.js';
import { ReplyError, TargetError } from '../errors.js';

/** Reads INFO alone: managed services refuse CONFIG. Raises a TargetError where INFO is refused too. */
export async function readServerFacts(connection: Connection): Promise<ServerFacts> {
  return parseServerFacts(`${await readInfo(connection, 'server')}\n${await readInfo(connection, 'cluster')}`);
}

/** From the sections `server` and `cluster` of INFO. */
export function parseServerFacts(info: string): ServerFacts {
  const facts = new Map<string, string>();
  for (const [, name, value] of info.matchAll(/^([a-z_]+):([^\r\n]*)/gm)) facts.set(name!, value!);
  // Valkey tells a redis_version too, of the Redis that it is compatible with.
  const valkey = facts.get('valkey_version');
  const isValkey = valkey !== undefined || facts.get('server_name') === 'valkey';
  const isCluster = facts.get('cluster_enabled') === '1' || facts.get('redis_mode') === 'cluster';
  return {
    engine: isValkey ? 'valkey' : 'redis',
    version: valkey ?? facts.get('redis_version') ?? '0.0.0',
    topology: isCluster ? 'cluster' : 'standalone',
  };
}

async function readInfo(connection: Connection, section: string): Promise<string> {
  try {
    return String(await connection.call(['INFO', section]));
  } catch (cause) {
    if (!(cause instanceof ReplyError)) throw cause;
    const next = 'let the user run INFO, which tells the version and whether it is a cluster';
    throw new TargetError(`the server refused INFO: ${cause.code} ${cause.message}`, { next, cause });
  }
}
