import type { Target, TargetOpenOptions } from '../../contracts/target.js';
import { parseQuantity } from '../../format/quantity.js';
import { settle } from '../servers/settings.js';
import { openServers } from '../servers/target.js';
import type { ContainerConfig } from './config.js';
import type { Docker } from './docker.js';
import { startInContainers } from './group.js';
import { provideImage } from './image.js';

const START_TIMEOUT_MS = 60_000;

/** A target in containers; `docker` is its own from here on. Raises a TargetError. */
export async function openContainers(
  kind: string,
  docker: Docker,
  config: ContainerConfig,
  { signal, notice }: TargetOpenOptions,
): Promise<Target> {
  const { image, command = commandOf(image), pull, startTimeout } = config;
  const timeoutMs = startTimeout === undefined ? START_TIMEOUT_MS : parseQuantity('duration', startTimeout);
  try {
    await provideImage(docker, image, { ...(pull && { pull }), signal, notice });
    const target = await openServers(kind, settle(config, kind), (blueprint) =>
      startInContainers(docker, { image, command }, blueprint, { signal, ...(timeoutMs && { timeoutMs }) }),
    );
    return {
      ...target,
      async [Symbol.asyncDispose]() {
        await target[Symbol.asyncDispose]();
        docker[Symbol.dispose]();
      },
    };
  } catch (error) {
    docker[Symbol.dispose]();
    throw error;
  }
}

const commandOf = (image: string): string => (image.includes('valkey') ? 'valkey-server' : 'redis-server');
