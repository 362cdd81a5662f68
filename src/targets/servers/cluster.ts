import type { Admin } from './admin.js';
import { type ManagedNode, withAdmins } from './node.js';
import { findUnsynced } from './replication.js';
import { waitFor } from './wait.js';

const SLOTS = 16_384;

export interface Shard {
  readonly primary: ManagedNode;
  readonly replicas: readonly ManagedNode[];
}

interface Joined {
  readonly admin: Admin;
  readonly id: string;
  readonly port: number;
}

/** While they join: nodes tell each other of themselves twice in this time. With 5 s that alone takes 2 s more. */
export const JOIN_TIMEOUT_MS = 1_000;

/** Makes a cluster of servers that know nothing of each other, and waits until every one finds it in order. */
export async function joinCluster(
  shards: readonly Shard[],
  { nodeTimeout, signal }: { readonly nodeTimeout: string; readonly signal: AbortSignal },
): Promise<void> {
  const nodes = shards.flatMap(({ primary, replicas }) => [primary, ...replicas]);
  await withAdmins(nodes, async (admins) => {
    const joined = await Promise.all(
      admins.map(async (admin, index) => ({
        admin,
        id: String(await admin.call('CLUSTER', 'MYID')),
        port: nodes[index]!.port,
      })),
    );
    const of = (node: ManagedNode): Joined => joined[nodes.indexOf(node)]!;
    await Promise.all(shards.map(({ primary }, index) => assignSlots(of(primary).admin, index, shards.length)));
    await meet(joined);
    await waitFor('the meeting of the nodes', () => findStrangers(joined), signal);
    const pairs = shards.flatMap(({ primary, replicas }) =>
      replicas.map((replica) => [of(replica), of(primary)] as const),
    );
    await Promise.all(pairs.map(([replica, primary]) => replica.admin.call('CLUSTER', 'REPLICATE', primary.id)));
    await waitFor('the cluster', () => findDisorder(joined, pairs.length), signal);
    for (const { primary, replicas } of shards) {
      const followers = replicas.map((replica) => of(replica).admin);
      await waitFor('replication', () => findUnsynced(of(primary).admin, followers), signal);
    }
    await Promise.all(
      admins.flatMap((admin) => [
        admin.call('CONFIG', 'SET', 'cluster-node-timeout', nodeTimeout),
        admin.call('CONFIG', 'REWRITE'),
      ]),
    );
  });
}

/** An epoch of its own for each, as nobody may claim another's slots. */
async function assignSlots(primary: Admin, index: number, shards: number): Promise<void> {
  const first = Math.floor((index * SLOTS) / shards);
  const end = Math.floor(((index + 1) * SLOTS) / shards);
  await primary.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
  // Not ADDSLOTSRANGE, which came with Redis 7.0.
  await primary.call('CLUSTER', 'ADDSLOTS', ...Array.from({ length: end - first }, (_, offset) => first + offset));
}

/** Each is told of each: gossip alone takes seconds. */
async function meet(nodes: readonly Joined[]): Promise<void> {
  await Promise.all(
    nodes.flatMap(({ admin }, index) =>
      nodes.slice(0, index).map(({ port }) => admin.call('CLUSTER', 'MEET', '127.0.0.1', port)),
    ),
  );
}

async function findStrangers(nodes: readonly Joined[]): Promise<string | undefined> {
  for (const { admin, port } of nodes) {
    const text = await readNodes(admin);
    const known = nodes.filter(({ id }) => text.some((line) => line.id === id && !line.flags.includes('handshake')));
    if (known.length < nodes.length) return `the node at ${port} knows ${known.length} of ${nodes.length}`;
  }
  return undefined;
}

async function findDisorder(nodes: readonly Joined[], replicas: number): Promise<string | undefined> {
  for (const { admin, port } of nodes) {
    const info = String(await admin.call('CLUSTER', 'INFO'));
    if (!info.includes('cluster_state:ok')) return `the node at ${port} does not find the cluster in order`;
    const lines = await readNodes(admin);
    const known = lines.filter(({ flags }) => flags.includes('slave')).length;
    if (known < replicas) return `the node at ${port} knows ${known} of ${replicas} replicas`;
  }
  return undefined;
}

interface NodeLine {
  readonly id: string;
  readonly port: number;
  readonly flags: readonly string[];
  readonly primary: string;
}

/** CLUSTER NODES: `id host:port@bus,name flags primary …` */
async function readNodes(admin: Admin): Promise<readonly NodeLine[]> {
  const lines = String(await admin.call('CLUSTER', 'NODES'))
    .trim()
    .split('\n');
  return lines.map((line) => {
    const [id = '', address = '', flags = '', primary = ''] = line.split(' ');
    return { id, port: Number(/:(\d+)/.exec(address)?.[1]), flags: flags.split(','), primary };
  });
}

/** CLUSTER FAILOVER on a replica of the node: no acknowledged write is lost. */
export async function handOver(from: ManagedNode, nodes: readonly ManagedNode[]): Promise<ManagedNode | undefined> {
  const lines = await withAdmins([from], ([admin]) => readNodes(admin!));
  const own = lines.find(({ flags }) => flags.includes('myself'))!;
  const ports = lines.filter(({ primary }) => primary === own.id).map(({ port }) => port);
  const successor = nodes.find(({ port, running }) => running && ports.includes(port));
  if (!successor) return undefined;
  await successor.ask('CLUSTER', 'FAILOVER');
  await waitFor('the failover', async () => {
    const roles = await Promise.all([successor.role(), from.role()]);
    return roles.join() === 'primary,replica'
      ? undefined
      : `${successor.name} and ${from.name} are ${roles.join(' and ')}`;
  });
  return successor;
}
