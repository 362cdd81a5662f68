import { defineTarget, type TargetOpenOptions } from '../contracts/target.js';
import { type ManagedConfig, managedConfig } from './managed/config.js';
import { findContainer } from './managed/container.js';
import { findServer, noServerError, type ServerChoice } from './managed/find.js';
import { binaryProgram } from './managed/supervise.js';
import { settle } from './servers/settings.js';
import type { ServerProgram } from './servers/start.js';
import { openServers } from './servers/target.js';
import { startTopology } from './servers/topology.js';

/** Servers of our own: on the loopback, empty, kept nowhere, and gone when this process is. */
export const managedTarget = defineTarget<ManagedConfig>({
  name: 'managed',
  summary: 'Starts a server for the run, or several that belong together, and removes them afterwards.',
  config: managedConfig,
  async open(config, options) {
    const settings = settle(config, 'managed');
    const { binary, engine = 'auto' } = config;
    const program = await findProgram({ engine, ...(binary !== undefined && { binary }) }, options);
    return await openServers('managed', settings, (blueprint) => startTopology(blueprint, program, options));
  },
});

async function findProgram(choice: ServerChoice, { notice }: TargetOpenOptions): Promise<ServerProgram> {
  const binary = findServer(choice);
  const program = binary === undefined ? await findContainer(choice.engine, notice) : binaryProgram(binary);
  if (program === undefined) throw noServerError(choice);
  return program;
}
