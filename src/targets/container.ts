import { defineTarget } from '../contracts/target.js';
import { type ContainerConfig, containerConfig } from './container/config.js';
import { connectDocker } from './container/docker.js';
import { openContainers } from './container/open.js';

/** Servers of our own in containers, by Testcontainers: empty, kept nowhere, and gone when this process is. */
export const containerTarget = defineTarget<ContainerConfig>({
  name: 'container',
  summary: 'Starts a server for the run in a container, or several that belong together, and removes them afterwards.',
  config: containerConfig,
  open: async (config, options) => openContainers('container', await connectDocker(options.signal), config, options),
});
