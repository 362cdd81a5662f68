import type { Admin } from './admin.js';
import { type ManagedNode, withAdmins } from './node.js';
import { waitFor } from './wait.js';

/** Lets servers follow another, and waits until they have what it has. */
export async function follow(
  primary: ManagedNode,
  replicas: readonly ManagedNode[],
  signal?: AbortSignal,
): Promise<void> {
  await withAdmins([primary, ...replicas], async ([first, ...others]) => {
    await Promise.all(others.map((replica) => replicate(replica, primary)));
    await waitFor('replication', () => findUnsynced(first!, others), signal);
  });
}

/** Kept in its configuration, so that a replica that is started again is one. */
async function replicate(replica: Admin, primary: ManagedNode): Promise<void> {
  await replica.call('REPLICAOF', '127.0.0.1', primary.port);
  await replica.call('CONFIG', 'REWRITE');
}

/** What is missing until all replicas have what the primary has. */
export async function findUnsynced(primary: Admin, replicas: readonly Admin[]): Promise<string | undefined> {
  for (const replica of replicas) {
    const status = /^master_link_status:(\w+)/m.exec(String(await replica.call('INFO', 'replication')))?.[1];
    if (status !== 'up') return `a replica's link to its primary is ${status ?? 'absent'}`;
  }
  const info = String(await primary.call('INFO', 'replication'));
  const online = info.match(/^slave\d+:.*state=online/gm)?.length ?? 0;
  return online < replicas.length ? `the primary has ${online} of ${replicas.length} replicas online` : undefined;
}

/** FAILOVER: the replica that has most takes over, and no acknowledged write is lost. */
export async function handOver(from: ManagedNode, nodes: readonly ManagedNode[]): Promise<ManagedNode> {
  await from.ask('FAILOVER', 'TIMEOUT', 5_000);
  const live = nodes.filter((node) => node.running);
  let successor = from;
  await waitFor('the failover', async () => {
    const roles = await Promise.all(live.map((node) => node.role()));
    const primaries = live.filter((_, index) => roles[index] === 'primary');
    successor = primaries[0] ?? from;
    return primaries.length === 1 && successor !== from ? undefined : `primaries: ${primaries.map(({ name }) => name)}`;
  });
  const followers = live.filter((node) => node !== successor);
  await successor.ask('CONFIG', 'REWRITE');
  await follow(successor, followers);
  return successor;
}
