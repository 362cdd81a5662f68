import type { Target, TargetOpenOptions } from '../../contracts/target.js';
import { TargetError } from '../../errors.js';
import type { Docker } from '../container/docker.js';
import type { ManagedConfig } from './config.js';
import { noServerError, type ServerChoice } from './find.js';

const IMAGES = [
  { engine: 'valkey', image: 'valkey/valkey:8' },
  { engine: 'redis', image: 'redis:7' },
] as const;

/** The same in containers, for where no server is installed. Raises a TargetError when that cannot be either. */
export async function openInContainers(
  choice: ServerChoice,
  { binary: _, engine: __, ...config }: ManagedConfig,
  options: TargetOpenOptions,
): Promise<Target> {
  const { connectDocker, isInstalled } = await import('../container/docker.js');
  const { openContainers } = await import('../container/open.js');
  const docker = await connectDocker(options.signal).catch((cause: unknown) => {
    if (!(cause instanceof TargetError)) throw cause;
    throw noServerError(choice, isInstalled() ? cause : undefined);
  });
  return await openContainers('managed', docker, { ...config, image: await chooseImage(choice, docker) }, options);
}

/** Whether the same could be had in containers; pulls an image where Docker has none. */
export async function hasContainers({ signal, notice }: TargetOpenOptions): Promise<boolean> {
  const { connectDocker } = await import('../container/docker.js');
  const { provideImage } = await import('../container/image.js');
  try {
    using docker = await connectDocker(signal);
    await provideImage(docker, await chooseImage({ engine: 'auto' }, docker), { signal, notice });
    return true;
  } catch (error) {
    if (error instanceof TargetError) return false;
    throw error;
  }
}

/** One that Docker has, else one to be pulled. */
async function chooseImage({ engine }: ServerChoice, docker: Docker): Promise<string> {
  const { hasImage } = await import('../container/image.js');
  const images = IMAGES.filter((each) => engine === 'auto' || engine === each.engine).map(({ image }) => image);
  for (const image of images) if (await hasImage(docker, image)) return image;
  return images[0]!; // there is one for each engine
}
