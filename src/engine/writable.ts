import type { Connection } from '../contracts/redis.js';
import { OutcomeUnknown, ReplyError, TargetError } from '../errors.js';

/** Of no case. */
const ABSENT_KEY = 'redrill:{ready}:absent';
const TIMEOUT_MS = 1_500;

/**
 * Why the server takes no writes; undefined where it does, or says nothing of it. SET XX writes nothing to a key that is
 * not there, and is refused all the same by a server that could not. Raises a TargetError when it does not answer.
 */
export async function findUnwritable(
  connection: Connection,
  address: string,
  signal: AbortSignal,
): Promise<TargetError | undefined> {
  try {
    const options = { timeoutMs: TIMEOUT_MS, signal };
    // Node by node: a cluster's connection waits for a slot that has none, and those without the key say MOVED.
    const nodes = await connection.nodes(options);
    await Promise.all(nodes.map((node) => node.call(['SET', ABSENT_KEY, '', 'XX'], options).catch(unlessMoved)));
    return undefined;
  } catch (cause) {
    if (cause instanceof OutcomeUnknown) {
      const next = '`redrill doctor` looks closer';
      throw new TargetError(`${address} cannot be used: ${cause.message}`, { next, cause });
    }
    if (!(cause instanceof ReplyError)) throw cause;
    const known = NO_WRITES[cause.code];
    // NOPERM: a user who may not SET may have other things to check.
    return (
      known && new TargetError(`${address} takes no writes: ${known[0]} (${cause.code})`, { next: known[1], cause })
    );
  }
}

function unlessMoved(error: unknown): void {
  if (!(error instanceof ReplyError && error.code === 'MOVED')) throw error;
}

const NO_WRITES: Readonly<Record<string, readonly [why: string, next: string]>> = {
  READONLY: ['it is a replica', 'use the address of the primary'],
  OOM: ['it has reached its maxmemory and evicts nothing', 'delete what is not needed, or raise maxmemory'],
  MISCONF: ['it cannot write its snapshots', 'see its log: the disk is full, or not writable'],
  NOREPLICAS: ['it has fewer replicas than it must have', 'bring its replicas back'],
  CLUSTERDOWN: ['slots of the cluster have no node', 'bring the node back that had them: see CLUSTER INFO'],
};
