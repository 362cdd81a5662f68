import { joinCluster, handOver as takeOverInCluster } from './cluster.js';
import { ManagedNode } from './node.js';
import { type Blueprint, nodeTimeoutOf, sentinelLogin, sentinelPlan, serverPlan } from './plan.js';
import { follow, handOver as takeOver } from './replication.js';
import { SENTINELS, handOver as takeOverBySentinels, watch } from './sentinel.js';
import type { Settings } from './settings.js';
import { type ServerPlan, type ServerProgram, type StartOptions, startServer } from './start.js';

/** Servers that belong together, arranged and in order. */
export interface Servers {
  /** The first is a primary. */
  readonly data: readonly ManagedNode[];
  readonly sentinels: readonly ManagedNode[];
  stop(): Promise<void>;
}

export const countServers = ({ topology, shards, replicas }: Settings): number =>
  shards * (1 + replicas) + (topology === 'sentinel' ? SENTINELS : 0);

/** Starts all servers at once, and resolves when each knows its part. Leaves none when that fails. */
export async function startTopology(
  blueprint: Blueprint,
  program: ServerProgram,
  options: StartOptions,
): Promise<Servers> {
  const { topology, shards, replicas } = blueprint.settings;
  const prefixes = topology === 'cluster' ? numbers(shards).map((shard) => `shard-${shard}-`) : [''];
  const names = prefixes.flatMap((prefix) => [
    `${prefix}primary`,
    ...numbers(replicas).map((number) => `${prefix}replica-${number}`),
  ]);
  const sentinelNames = topology === 'sentinel' ? numbers(SENTINELS).map((number) => `sentinel-${number}`) : [];
  const server = serverPlan(blueprint);
  const sentinel = sentinelPlan(blueprint);
  const nodes = await startAll(program, options, [
    ...names.map((name) => ({ name, plan: server })),
    ...sentinelNames.map((name) => ({ name, plan: sentinel })),
  ]);
  const data = nodes.slice(0, names.length);
  const sentinels = nodes.slice(names.length);
  const stop = () => stopAll(nodes);
  try {
    await arrange(blueprint, data, sentinels, options.signal);
    return { data, sentinels, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function arrange(
  blueprint: Blueprint,
  data: readonly ManagedNode[],
  sentinels: readonly ManagedNode[],
  signal: AbortSignal,
): Promise<void> {
  const { topology, replicas } = blueprint.settings;
  const [primary, ...others] = data;
  if (!primary) return;
  switch (topology) {
    case 'standalone':
      return;
    case 'replicas':
      for (const node of data) node.handOver = (from) => takeOver(from, data);
      return await follow(primary, others, signal);
    case 'sentinel':
      for (const node of data) node.handOver = (from) => takeOverBySentinels(from, data, sentinels);
      await follow(primary, others, signal);
      return await watch({ sentinels, primary, replicas, login: sentinelLogin(blueprint) }, signal);
    case 'cluster':
      for (const node of data) node.handOver = (from) => takeOverInCluster(from, data);
      return await joinCluster(chunks(data, replicas + 1), { nodeTimeout: nodeTimeoutOf(blueprint), signal });
  }
}

async function startAll(
  program: ServerProgram,
  options: StartOptions,
  wanted: readonly { readonly name: string; readonly plan: ServerPlan }[],
): Promise<readonly ManagedNode[]> {
  const outcomes = await Promise.allSettled(
    wanted.map(async ({ name, plan }) => new ManagedNode(name, await startServer(program, plan, options))),
  );
  const nodes = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (!failed) return nodes;
  await stopAll(nodes);
  throw failed.reason;
}

const stopAll = async (nodes: readonly ManagedNode[]): Promise<void> => {
  await Promise.all(nodes.map((node) => node.stop()));
};

/** From 1. */
const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

function chunks(nodes: readonly ManagedNode[], size: number) {
  return Array.from({ length: nodes.length / size }, (_, index) => {
    const [primary, ...replicas] = nodes.slice(index * size, (index + 1) * size);
    return { primary: primary!, replicas }; // size is at least 1
  });
}
