import type { Connection } from '../contracts/redis.js';
import type { ServerFacts, Target } from '../contracts/target.js';
import { openConnection } from '../redis/connection.js';
import { ConnectionPool } from '../redis/pool.js';
import { assertClusterServes, readServerFacts } from '../redis/server.js';
import { addressOf } from '../redis/url.js';
import { assertWritable } from './writable.js';

/** A target that is open, and what cases share of it. */
export interface OpenServer extends AsyncDisposable {
  readonly target: Target;
  readonly shared: Connection;
  readonly facts: ServerFacts;
  readonly pool: ConnectionPool;
}

/** Raises a TargetError when the target cannot be had, or serves no run. */
export async function openServer(open: () => Promise<Target>, signal: AbortSignal): Promise<OpenServer> {
  const target = await open();
  const pool = new ConnectionPool();
  let shared: Connection | undefined;
  const close = async (): Promise<void> => {
    await Promise.all([shared?.[Symbol.asyncDispose](), pool[Symbol.asyncDispose]()]);
    await target[Symbol.asyncDispose]();
  };
  try {
    shared = await openConnection(addressOf(target), { name: 'redrill:shared' });
    const facts = await readServerFacts(shared);
    if (facts.topology === 'cluster') await assertClusterServes(shared, target.address);
    if (!target.ours) await assertWritable(shared, target.address, signal);
    return { target, shared, pool, facts, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}
