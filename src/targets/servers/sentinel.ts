import { TargetError } from '../../errors.js';
import type { Admin } from './admin.js';
import { type ManagedNode, withAdmins } from './node.js';
import { PRIMARY } from './plan.js';
import { waitFor } from './wait.js';

const QUORUM = 2;
export const SENTINELS = 3;

/** A primary that is gone should be replaced within seconds. */
const SETTINGS = [
  ['down-after-milliseconds', '2000'],
  ['failover-timeout', '10000'],
] as const;

export interface Watch {
  readonly sentinels: readonly ManagedNode[];
  readonly primary: ManagedNode;
  readonly replicas: number;
  /** How they log in. */
  readonly login: readonly (readonly [string, string])[];
}

/** Lets Sentinels watch a primary whose replicas are in sync, and waits until they know of all that there is. */
export async function watch({ sentinels, primary, replicas, login }: Watch, signal: AbortSignal): Promise<void> {
  await withAdmins(sentinels, async (admins) => {
    await Promise.all(
      admins.flatMap((admin) => [
        admin.call('SENTINEL', 'MONITOR', PRIMARY, '127.0.0.1', primary.port, QUORUM),
        ...[...login, ...SETTINGS].map(([name, value]) => admin.call('SENTINEL', 'SET', PRIMARY, name, value)),
      ]),
    );
    await waitFor('the agreement of the Sentinels', () => findUnknown(admins, replicas), signal);
  });
}

async function findUnknown(admins: readonly Admin[], replicas: number): Promise<string | undefined> {
  for (const admin of admins) {
    const primary = fields(await admin.call('SENTINEL', 'MASTER', PRIMARY));
    if (primary.get('flags') !== 'master') return `a Sentinel calls the primary ${primary.get('flags')}`;
    if (Number(primary.get('num-other-sentinels')) !== SENTINELS - 1) return 'the Sentinels have not all met';
    const known = await admin.call('SENTINEL', 'REPLICAS', PRIMARY);
    const ready = Array.isArray(known) ? known.filter((each) => isInSync(fields(each))).length : 0;
    if (ready !== replicas) return `a Sentinel knows ${ready} of ${replicas} replicas`;
  }
  return undefined;
}

const isInSync = (replica: ReadonlyMap<string, string>): boolean =>
  replica.get('flags') === 'slave' && replica.get('master-link-status') === 'ok';

/** Names and values take turns. */
function fields(reply: unknown): ReadonlyMap<string, string> {
  const words = Array.isArray(reply) ? reply.map(String) : [];
  return new Map(words.flatMap((word, index) => (index % 2 === 0 ? [[word, words[index + 1] ?? ''] as const] : [])));
}

/**
 * SENTINEL FAILOVER: the Sentinels do not ask each other first. The old primary is told to follow the new one 8 s later,
 * as Sentinel does it, which nobody waits for here.
 */
export async function handOver(
  from: ManagedNode,
  nodes: readonly ManagedNode[],
  sentinels: readonly ManagedNode[],
): Promise<ManagedNode> {
  const live = sentinels.filter((sentinel) => sentinel.running);
  if (!live[0]) throw new TargetError('no Sentinel runs that could order a failover', { next: 'restart one' });
  await live[0].ask('SENTINEL', 'FAILOVER', PRIMARY);
  let successor = from;
  await waitFor('the failover', async () => {
    const told = await Promise.all(
      live.map((sentinel) => sentinel.ask('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', PRIMARY)),
    );
    successor = nodes.find(({ port }) => told.every((address) => address.endsWith(`\n${port}`))) ?? from;
    return successor === from ? 'the Sentinels name no new primary' : undefined;
  });
  return successor;
}
