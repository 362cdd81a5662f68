import { defineTarget } from '../contracts/target.js';
import { type ManagedConfig, managedConfig } from './managed/config.js';
import { findServer } from './managed/find.js';
import { openInContainers } from './managed/instead.js';
import { binaryProgram } from './managed/supervise.js';
import { settle } from './servers/settings.js';
import { openServers } from './servers/target.js';
import { startTopology } from './servers/topology.js';

/** Servers of our own: on the loopback, empty, kept nowhere, and gone when this process is. */
export const managedTarget = defineTarget<ManagedConfig>({
  name: 'managed',
  summary: 'Starts a server for the run, or several that belong together, and removes them afterwards.',
  config: managedConfig,
  async open(config, options) {
    const { binary, engine = 'auto' } = config;
    const choice = { engine, ...(binary !== undefined && { binary }) };
    const server = findServer(choice);
    if (server === undefined) return await openInContainers(choice, config, options);
    const program = binaryProgram(server);
    return await openServers('managed', settle(config, 'managed'), (blueprint) =>
      startTopology(blueprint, program, options),
    );
  },
});
