import { type Blueprint, serverPlan } from '../servers/plan.js';
import { BUS_OFFSET, findFreePort } from '../servers/ports.js';
import { type StartOptions, startServer } from '../servers/start.js';
import { countServers, type Servers, startTopology } from '../servers/topology.js';
import type { Docker } from './docker.js';
import { containerProgram, type Image } from './run.js';

/**
 * Starts servers in containers, each in one of its own. Those that belong together share the network of a further one,
 * as in a pod: there they are on the loopback, at the ports where they are reached from here. So all that they tell of
 * each other is true for their clients as well, and what they publish stays theirs while they are down.
 */
export async function startInContainers(
  docker: Docker,
  from: Image,
  blueprint: Blueprint,
  options: StartOptions,
): Promise<Servers> {
  const { settings } = blueprint;
  if (settings.topology === 'standalone') {
    return await startTopology(blueprint, containerProgram(docker, from, { publish: (port) => [port] }), options);
  }
  let ports: number[] = [];
  const holder = await startServer(
    containerProgram(docker, from, { publish: (port) => [port, ...ports] }),
    serverPlan({ ...blueprint, settings: { ...settings, topology: 'standalone' } }),
    {
      ...options,
      async findPort() {
        const [own = 0, ...others] = await findPorts(countServers(settings) + 1);
        ports = others;
        return own;
      },
    },
  );
  try {
    const program = containerProgram(docker, from, { shared: holder.name });
    const servers = await startTopology(blueprint, program, {
      ...options,
      findPort: async () => ports.pop() ?? 0, // one for each
    });
    return {
      ...servers,
      async stop() {
        await servers.stop();
        await holder.stop();
      },
    };
  } catch (error) {
    await holder.stop();
    throw error;
  }
}

/** Ports that are free here, so far apart that with them those of the bus are free in the containers. */
async function findPorts(count: number): Promise<readonly number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = await findFreePort({ bus: true });
    if (!ports.has(port + BUS_OFFSET) && !ports.has(port - BUS_OFFSET)) ports.add(port);
  }
  return [...ports];
}
