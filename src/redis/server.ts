import type { Connection, Reply } from '../contracts/redis.js';
import type { ServerFacts } from '../contracts/target.js';
import { OutcomeUnknown, ReplyError, TargetError } from '../errors.js';

/** Reads INFO alone: managed services refuse CONFIG. Where that is refused too, HELLO says it, without which nobody logs in. */
export async function readServerFacts(connection: Connection): Promise<ServerFacts> {
  const sections = await Promise.all(
    ['server', 'cluster'].map((section) => unlessRefused(connection.call(['INFO', section]))),
  );
  if (!sections.includes(null)) return parseServerFacts(sections.join('\n'));
  const { server, version, mode } = (await connection.call(['HELLO'])) as Readonly<Record<string, Reply>>; // in RESP3
  return parseServerFacts(`server_name:${server}\n${server}_version:${version}\nredis_mode:${mode}`);
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

/** A node that can't be reached is tried for as long as a connection takes at most. */
const REACH_TIMEOUT_MS = 3_500;

/** Raises a TargetError where slots are served by no node, or a primary can't be reached from here. */
export async function assertClusterServes(connection: Connection, address: string): Promise<void> {
  const info = await unlessRefused(connection.call(['CLUSTER', 'INFO']));
  if (/^cluster_state:fail/m.test(String(info))) {
    const served = Number(/^cluster_slots_ok:(\d+)/m.exec(String(info))?.[1]);
    throw new TargetError(`the cluster at ${address} is down: nodes serve ${served} of its 16384 slots`, {
      next: 'wait until a failover is over, or see what `redis-cli --cluster check` finds',
    });
  }
  try {
    const nodes = await connection.nodes({ timeoutMs: REACH_TIMEOUT_MS });
    await Promise.all(nodes.map((node) => unlessRefused(node.call(['PING'], { timeoutMs: REACH_TIMEOUT_MS }))));
  } catch (cause) {
    if (!(cause instanceof OutcomeUnknown)) throw cause;
    const { cause: failure } = cause;
    if (failure instanceof TargetError) throw failure;
    const why = failure instanceof Error ? failure.message : cause.message;
    throw new TargetError(`the cluster at ${address} cannot be used: ${why}`, {
      next: why.startsWith('NOPERM') ? 'let the user run CLUSTER: ACL SETUSER … +cluster' : LOOK,
      cause,
    });
  }
}

const LOOK = '`redrill doctor` looks closer';

/** Users who may not ask are served nevertheless. */
async function unlessRefused(reply: Promise<Reply>): Promise<Reply> {
  try {
    return await reply;
  } catch (error) {
    if (error instanceof ReplyError) return null;
    throw error;
  }
}
