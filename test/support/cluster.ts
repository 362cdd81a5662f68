import { Redis } from 'ioredis';
import type { ServerNode, Target } from '../../src/contracts/target.js';
import { slotOf } from '../../src/redis/cluster/slot.js';
import { parseRedisUrl, type RedisAddress } from '../../src/redis/url.js';
import { startTestServer } from './server.js';

export interface ClusterNode {
  /** `127.0.0.1:7001`, as the cluster calls it. */
  readonly name: string;
  readonly port: number;
  readonly id: string;
  /** Follows no redirect. */
  readonly admin: Redis;
  readonly server: ServerNode;
}

export interface Cluster extends AsyncDisposable {
  readonly target: Target;
  readonly address: RedisAddress;
  readonly primaries: readonly ClusterNode[];
  /** One for each primary, in their order, where there are any. */
  readonly replicas: readonly ClusterNode[];
  /** That held the key's slot at first. */
  ownerOf(key: string): ClusterNode;
  /** The first of `prefix0`, `prefix1`, … whose slot the primary held at first. */
  keyOn(node: ClusterNode, prefix?: string): string;
}

/** Three primaries, and a replica for each if wanted; a node that is lost is found out within two seconds. */
export async function startCluster({ replicas = 0 } = {}): Promise<Cluster> {
  const config = { 'cluster-node-timeout': 1_500, 'notify-keyspace-events': 'KEA' };
  const target = await startTestServer({ topology: 'cluster', shards: 3, replicas, config });
  const password = decodeURIComponent(new URL(target.url).password);
  const nodes = await Promise.all((target.nodes ?? []).map((server) => openNode(server, password)));
  const primaries = nodes.filter(({ server }) => server.name.endsWith('primary'));
  const ranges = (await primaries[0]!.admin.call('CLUSTER', 'SLOTS')) as [number, number, [string, number]][]; // its documented shape
  const ownerOf = (key: string): ClusterNode => {
    const slot = slotOf(key);
    const held = ranges.find(([first, last]) => first <= slot && slot <= last);
    return primaries.find(({ port }) => held?.[2][1] === port)!; // all slots are held
  };
  return {
    target,
    address: parseRedisUrl(target.url),
    primaries,
    replicas: nodes.filter((node) => !primaries.includes(node)),
    ownerOf,
    keyOn(node, prefix = 'k') {
      for (let index = 0; ; index++) if (ownerOf(`${prefix}${index}`) === node) return `${prefix}${index}`;
    },
    async [Symbol.asyncDispose]() {
      for (const { admin } of nodes) admin.disconnect();
      await target[Symbol.asyncDispose]();
    },
  };
}

async function openNode(server: ServerNode, password: string): Promise<ClusterNode> {
  const port = Number(server.address.split(':')[1]);
  const admin = new Redis({ port, password, retryStrategy: () => null });
  admin.on('error', () => {}); // tests kill servers
  return { name: server.address, port, id: String(await admin.call('CLUSTER', 'MYID')), admin, server };
}
