import type { Capability, ServerAccess, Target } from '../../contracts/target.js';
import { TargetError } from '../../errors.js';
import { nearestName } from '../../format/nearest.js';
import type { ManagedNode } from './node.js';
import { type Blueprint, drawUp, PRIMARY, secretsOf } from './plan.js';
import type { Settings } from './settings.js';
import type { Servers } from './topology.js';

/** Starts servers that follow a plan. Leaves none when that fails. */
export type StartServers = (blueprint: Blueprint) => Promise<Servers>;

/** A target of servers that are ours to do anything to, however they are started. */
export async function openServers(kind: string, settings: Settings, start: StartServers): Promise<Target> {
  const blueprint = drawUp(settings);
  const { data, sentinels, stop } = await start(blueprint);
  const nodes = [...data, ...sentinels];
  const { address } = data[0]!; // there is one always
  const access = accessOf(blueprint, nodes, sentinels);
  return {
    kind,
    url: urlOf(blueprint, address),
    ...(access && { access }),
    address,
    ours: true,
    secrets: secretsOf(blueprint),
    capabilities: capabilitiesOf(settings),
    nodes,
    node: (name) => nodes.find((node) => node.name === name) ?? unknownNode(name, nodes),
    own: () => openServers(kind, settings, start),
    [Symbol.asyncDispose]: stop,
  };
}

const LOOPBACK = '127.0.0.1';

/** Of Sentinel, the primary that was first: for programs under test that know nothing else. */
function urlOf({ settings, password }: Blueprint, address: string): string {
  const login = settings.user ? `${settings.user.name}:${encodeURIComponent(settings.user.password)}` : `:${password}`;
  return `${settings.tls ? 'rediss' : 'redis'}://${login}@${address}`;
}

function accessOf(
  { certificates, sentinelPassword }: Blueprint,
  nodes: readonly ManagedNode[],
  sentinels: readonly ManagedNode[],
): ServerAccess | undefined {
  // In containers of another machine, say; among themselves they are on the loopback, and so do they tell us.
  const elsewhere = nodes.filter(({ host }) => host !== LOOPBACK);
  const access: ServerAccess = {
    ...(certificates && {
      tls: {
        ca: certificates.ca,
        ...certificates.client,
        ...(elsewhere.length > 0 && { serverName: 'localhost' }),
      },
    }),
    ...(sentinels.length > 0 && {
      sentinel: {
        primary: PRIMARY,
        nodes: sentinels.map(({ host, port }) => ({ host, port })),
        password: sentinelPassword,
      },
    }),
    ...(elsewhere.length > 0 && {
      nodeAddresses: Object.fromEntries(elsewhere.map(({ address, port }) => [`${LOOPBACK}:${port}`, address])),
    }),
  };
  return Object.keys(access).length > 0 ? access : undefined;
}

const capabilitiesOf = ({ replicas }: Settings): readonly Capability[] => [
  'configure',
  'pause',
  'kill',
  'restart',
  ...(replicas > 0 ? (['failover'] as const) : []),
];

function unknownNode(name: string, nodes: readonly ManagedNode[]): never {
  const names = nodes.map((node) => node.name);
  const near = nearestName(name, names);
  throw new TargetError(`there is no node "${name}"`, {
    next: near ? `did you mean "${near}"?` : `nodes: ${names.join(', ')}`,
  });
}
