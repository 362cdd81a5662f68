import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { getContainerRuntimeClient, ImageName } from 'testcontainers';
import { findExecutable, foldersOfPath } from '../../src/programs/find.js';
import { findServer } from '../../src/targets/managed/find.js';
import { isRequired } from './required.js';

/** Why tests that need Docker are skipped; undefined where they are not. */
export const noDocker: string | undefined =
  isRequired('docker') || (await getContainerRuntimeClient().catch(() => undefined))
    ? undefined
    : 'no Docker answers here';

/** Images of this machine's own server, so that no test pulls one; by both names that a server's program may have. */
export function makeImages(...names: readonly string[]): Promise<AsyncDisposable> {
  return importImages(names, ['redis-server', 'valkey-server'].map(serverAs));
}

/** An image of programs of this machine, as a base to build upon: a server, and those named. */
export function makeBase(name: string, ...programs: readonly string[]): Promise<AsyncDisposable> {
  const found = programs.map(
    (program) => [findExecutable(program, foldersOfPath(process.env)) ?? '', program] as const,
  );
  return importImages([name], [serverAs('redis-server'), ...found]);
}

/** A file of this machine, and its name in an image's `/usr/bin`. */
type Program = readonly [file: string, name: string];

const serverAs = (name: string): Program => [findServer({ engine: 'auto' }) ?? '', name];

async function importImages(names: readonly string[], programs: readonly Program[]): Promise<AsyncDisposable> {
  const { dockerode } = (await getContainerRuntimeClient()).container;
  const archive = archiveOf(programs);
  for (const name of names) {
    const [repo = '', tag = 'latest'] = name.split(':');
    const changes = ['ENV PATH=/usr/local/bin:/usr/bin:/bin', 'CMD ["redis-server"]'];
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

/** The programs, what they are linked to, and what any program needs. */
function archiveOf(programs: readonly Program[]): Buffer {
  const root = mkdtempSync(path.join(tmpdir(), 'redrill-image-'));
  try {
    const put = (from: string, to: string): void => {
      mkdirSync(path.join(root, path.dirname(to)), { recursive: true });
      cpSync(realpathSync(from), path.join(root, to));
    };
    for (const [file, name] of programs) {
      put(file, `/usr/bin/${name}`);
      const linked = execFileSync('ldd', [realpathSync(file)], { encoding: 'utf8' });
      for (const [library] of linked.matchAll(/\/\S+/g)) put(library, library);
    }
    symlinkSync('usr/bin', path.join(root, 'bin'));
    mkdirSync(path.join(root, 'usr/local/bin'), { recursive: true });
    mkdirSync(path.join(root, 'tmp'));
    chmodSync(path.join(root, 'tmp'), 0o1777);
    return execFileSync('tar', ['-C', root, '-c', '.'], { maxBuffer: 2 ** 29 });
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
