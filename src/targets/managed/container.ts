import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { ServerProgram } from '../servers/start.js';
import type { ServerChoice } from './find.js';
import { supervise } from './supervise.js';

const IMAGES = [
  { engine: 'valkey', image: 'valkey/valkey:8', server: 'valkey-server' },
  { engine: 'redis', image: 'redis:7', server: 'redis-server' },
] as const;

const docker = (...args: string[]) => promisify(execFile)('docker', args);

const succeeds = (running: Promise<unknown>): Promise<boolean> =>
  running.then(
    () => true,
    () => false,
  );

/** A container for where no server is installed; undefined when Docker doesn't answer or has no image to run. */
export async function findContainer(
  engine: ServerChoice['engine'],
  notice: (text: string) => void,
): Promise<ServerProgram | undefined> {
  if (!(await succeeds(docker('version')))) return undefined;
  const suitable = IMAGES.filter((each) => engine === 'auto' || engine === each.engine);
  for (const { image, server } of suitable) {
    if (await succeeds(docker('image', 'inspect', image))) return containerProgram(image, server);
  }
  for (const { image, server } of suitable) {
    notice(`No server is installed here: pulling the image ${image} for Docker.`);
    if (await succeeds(docker('pull', '--quiet', image))) return containerProgram(image, server);
  }
  return undefined;
}

const containerProgram = (image: string, server: string): ServerProgram => ({
  name: `docker run ${image}`,
  host: '127.0.0.1',
  bind: '0.0.0.0',
  advice: 'see what `docker logs` says, or install a server',
  run(port, files) {
    const name = `redrill-${randomBytes(6).toString('hex')}`;
    const publish = `127.0.0.1:${port}:${port}`;
    const launch = {
      // Not `docker run`: killed early, it leaves a container that came after its removal.
      prepare: ['docker', 'create', '--rm', '-i', '--name', name, '-p', publish, image, server, '-'],
      run: ['docker', 'start', '--attach', '--interactive', name],
      cleanup: ['docker', 'rm', '--force', name],
    };
    return supervise(launch, files);
  },
});
