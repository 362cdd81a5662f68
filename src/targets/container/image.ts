import { once } from 'node:events';
import { Agent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { TargetError } from '../../errors.js';
import type { PullPolicy } from './config.js';
import type { Docker } from './docker.js';
import { withoutStatus } from './run.js';
import type { Connection } from './watchdog.js';

export interface ImageOptions {
  readonly pull?: PullPolicy;
  readonly signal: AbortSignal;
  notice(text: string): void;
}

/** Whether Docker has the image already. */
export const hasImage = ({ library, client }: Docker, image: string): Promise<boolean> =>
  client.image.exists(library.ImageName.fromString(image));

/** Pulls the image unless Docker has it. Raises a TargetError with what Docker says. */
export async function provideImage(docker: Docker, image: string, options: ImageOptions): Promise<void> {
  const { pull = 'missing', signal, notice } = options;
  if (pull !== 'always' && (await hasImage(docker, image))) return;
  if (pull === 'never') {
    throw new TargetError(`Docker has no image ${image}, and \`pull: never\` forbids to pull it`, {
      next: `docker pull ${image}, or leave \`pull\` out`,
    });
  }
  notice(`Pulling the image ${image} for Docker.`);
  const cause: unknown = await pullImage(docker, image, signal).then(
    () => undefined,
    (error: unknown) => error,
  );
  signal.throwIfAborted();
  if (cause === undefined && (await hasImage(docker, image))) return;
  const said = cause instanceof Error ? withoutStatus(cause.message) : 'it did not say why';
  throw new TargetError(`Docker cannot pull the image ${image}: ${said}`, { next: nextOf(said, image), cause });
}

/** A pull cannot be called off, and would hold up the end of our process: but its connection can be closed. */
async function pullImage({ client, library }: Docker, image: string, signal: AbortSignal): Promise<void> {
  const modem = client.container.dockerode.modem as Connection & { agent?: Agent | undefined }; // as it is
  const { agent } = modem;
  const own = modem.protocol === 'https' ? new HttpsAgent() : new Agent();
  modem.agent = own;
  const aborted = once(signal, 'abort').then(() => {
    own.destroy();
    throw signal.reason;
  });
  try {
    const pulled = client.image.pull(library.ImageName.fromString(image), { force: true, platform: undefined });
    await Promise.race([pulled, aborted]);
  } finally {
    modem.agent = agent;
  }
}

const nextOf = (said: string, image: string): string =>
  /invalid reference|not found|unknown|denied|unauthorized|does not exist/i.test(said) && !/no such host/i.test(said)
    ? 'correct the name and the tag of `image`, or log in to its registry by `docker login`'
    : `see whether \`docker pull ${image}\` reaches the registry from here; behind a proxy, Docker's daemon has to know it`;
