import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { getContainerRuntimeClient, ImageName } from 'testcontainers';
import { findServer } from '../../src/targets/managed/find.js';
import { isRequired } from './required.js';

/** Why tests that need Docker are skipped; undefined where they are not. */
export const noDocker: string | undefined =
  isRequired('docker') || (await getContainerRuntimeClient().catch(() => undefined))
    ? undefined
    : 'no Docker answers here';

/** Images of this machine's own server, so that no test pulls one; by both names that a server's program may have. */
export async function makeImages(...names: readonly string[]): Promise<AsyncDisposable> {
  const { dockerode } = (await getContainerRuntimeClient()).container;
  const archive = archiveOf(findServer({ engine: 'auto' }) ?? '');
  for (const name of names) {
    const [repo = '', tag = 'latest'] = name.split(':');
    const changes = ['ENV PATH=/usr/bin', 'CMD ["redis-server"]'];
    // Its types want a file's name, which it takes as well.
    const options = { repo, tag, changes } as unknown as { repo: string; tag: string };
    const answer = await dockerode.importImage(Readable.from([archive]), options);
    await finished(answer.resume());
  }
  return {
    async [Symbol.asyncDispose]() {
      for (const name of names) await dockerode.getImage(name).remove({ force: true });
    },
  };
}

export async function hasImage(name: string): Promise<boolean> {
  return (await getContainerRuntimeClient()).image.exists(ImageName.fromString(name));
}

/** A name that no image has. */
export const imageName = (): string => `redrill-test-${randomBytes(6).toString('hex')}:server`;

/** The program, and the libraries that it is linked to. */
function archiveOf(server: string): Buffer {
  const root = mkdtempSync(path.join(tmpdir(), 'redrill-image-'));
  try {
    const put = (from: string, to: string): void => {
      mkdirSync(path.join(root, path.dirname(to)), { recursive: true });
      cpSync(realpathSync(from), path.join(root, to));
    };
    for (const name of ['redis-server', 'valkey-server']) put(server, `/usr/bin/${name}`);
    const linked = execFileSync('ldd', [realpathSync(server)], { encoding: 'utf8' });
    for (const [file] of linked.matchAll(/\/\S+/g)) put(file, file);
    return execFileSync('tar', ['-C', root, '-c', '.'], { maxBuffer: 2 ** 28 });
  } finally {
    rmSync(root, { recursive: true });
  }
}

/** Names of the containers of an image, whether they run or not. */
export async function containersOf(image: string): Promise<readonly string[]> {
  const { dockerode } = (await getContainerRuntimeClient()).container;
  const found = await dockerode.listContainers({ all: true, filters: { ancestor: [image] } });
  return found.flatMap(({ Names }) => Names);
}
