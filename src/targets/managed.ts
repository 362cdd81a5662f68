import {
  type Capability,
  defineTarget,
  type ServerAccess,
  type Target,
  type TargetOpenOptions,
} from '../contracts/target.js';
import { TargetError } from '../errors.js';
import { nearestName } from '../format/nearest.js';
import { type ManagedConfig, managedConfig } from './managed/config.js';
import { findContainer } from './managed/container.js';
import { findServer, noServerError, type ServerChoice } from './managed/find.js';
import type { ManagedNode } from './managed/node.js';
import { type Blueprint, drawUp, PRIMARY, secretsOf } from './managed/plan.js';
import { type Settings, settle } from './managed/settings.js';
import { binaryProgram, type ServerProgram } from './managed/start.js';
import { startTopology } from './managed/topology.js';

/** Servers of our own: on the loopback, empty, kept nowhere, and gone when this process is. */
export const managedTarget = defineTarget<ManagedConfig>({
  name: 'managed',
  summary: 'Starts a server for the run, or several that belong together, and removes them afterwards.',
  config: managedConfig,
  async open(config, options) {
    const settings = settle(config);
    const program = await findProgram(settings.choice, options);
    if (!program.local && (settings.topology !== 'standalone' || settings.tls)) {
      throw new TargetError(`${program.name} can only be a standalone server without TLS`, {
        next: 'install a server, or name one by REDRILL_SERVER=/path/to/redis-server',
      });
    }
    return await openManaged(settings, program, options.signal);
  },
});

async function findProgram(choice: ServerChoice, { notice }: TargetOpenOptions): Promise<ServerProgram> {
  const binary = findServer(choice);
  const program = binary === undefined ? await findContainer(choice.engine, notice) : binaryProgram(binary);
  if (program === undefined) throw noServerError(choice);
  return program;
}

async function openManaged(settings: Settings, program: ServerProgram, signal: AbortSignal): Promise<Target> {
  const blueprint = drawUp(settings);
  const { data, sentinels, stop } = await startTopology(blueprint, program, { signal });
  const nodes = [...data, ...sentinels];
  const { address } = data[0]!; // there is one always
  const access = accessOf(blueprint, sentinels);
  return {
    kind: 'managed',
    url: urlOf(blueprint, address),
    ...(access && { access }),
    address,
    ours: true,
    secrets: secretsOf(blueprint),
    ...(program.local && {
      capabilities: capabilitiesOf(settings),
      nodes,
      node: (name: string) => nodes.find((node) => node.name === name) ?? unknownNode(name, nodes),
    }),
    own: () => openManaged(settings, program, signal),
    [Symbol.asyncDispose]: stop,
  };
}

/** Of Sentinel, the primary that was first: for programs under test that know nothing else. */
function urlOf({ settings, password }: Blueprint, address: string): string {
  const login = settings.user ? `${settings.user.name}:${encodeURIComponent(settings.user.password)}` : `:${password}`;
  return `${settings.tls ? 'rediss' : 'redis'}://${login}@${address}`;
}

function accessOf(
  { certificates, sentinelPassword }: Blueprint,
  sentinels: readonly ManagedNode[],
): ServerAccess | undefined {
  if (!certificates && sentinels.length === 0) return undefined;
  const addresses = sentinels.map(({ port }) => ({ host: '127.0.0.1', port }));
  return {
    ...(certificates && { tls: { ca: certificates.ca, ...certificates.client } }),
    ...(sentinels.length > 0 && { sentinel: { primary: PRIMARY, nodes: addresses, password: sentinelPassword } }),
  };
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
