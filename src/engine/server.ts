import type { CompiledCase } from '../contracts/case.js';
import type { Connection } from '../contracts/redis.js';
import type { ServerFacts, Target } from '../contracts/target.js';
import type { TargetError } from '../errors.js';
import { openConnection } from '../redis/connection.js';
import { sampleServer } from '../redis/forensics/capture.js';
import type { Infos } from '../redis/forensics/server.js';
import { ConnectionPool } from '../redis/pool.js';
import { findRefusals, type Refusal } from '../redis/refusals.js';
import { assertClusterServes, readServerFacts } from '../redis/server.js';
import { addressOf } from '../redis/url.js';
import { commandsToAsk, writes } from './demands.js';
import { findUnwritable } from './writable.js';

/** A target that is open, and what cases share of it. */
export interface OpenServer extends AsyncDisposable {
  readonly target: Target;
  readonly shared: Connection;
  readonly facts: ServerFacts;
  /** Of the commands that cases demand. */
  readonly refusals: ReadonlyMap<string, Refusal>;
  readonly pool: ConnectionPool;
  /** INFO at this time, for what grows. */
  readonly infos: Promise<Infos>;
  /** Why cases that write cannot run: it is a replica, or full. */
  readonly unwritable: TargetError | undefined;
}

/** Raises a TargetError when the target cannot be had, or serves no run. */
export async function openServer(
  open: () => Promise<Target>,
  cases: readonly CompiledCase[],
  signal: AbortSignal,
): Promise<OpenServer> {
  const target = await open();
  const pool = new ConnectionPool();
  const own: AsyncDisposable[] = [pool];
  const close = async (): Promise<void> => {
    await Promise.all(own.map((each) => each[Symbol.asyncDispose]()));
    await target[Symbol.asyncDispose]();
  };
  try {
    const shared = target.connection ?? (await openConnection(addressOf(target), { name: 'redrill:shared' }));
    if (shared !== target.connection) own.push(shared);
    const facts = await readServerFacts(shared);
    if (facts.topology === 'cluster') await assertClusterServes(shared, target.address);
    // Nobody waits for it.
    const infos = sampleServer(shared, addressOf(target));
    const [unwritable, refusals] = await Promise.all([
      target.ours ? undefined : findUnwritable(shared, target.address, signal),
      findRefusals(addressOf(target), commandsToAsk(cases, target), signal),
    ]);
    if (unwritable && cases.every(writes)) throw unwritable;
    return { target, shared, pool, facts, refusals, infos, unwritable, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}
