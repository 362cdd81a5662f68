import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { findContainer } from '../../src/targets/managed/container.js';
import { drawUp, serverPlan } from '../../src/targets/servers/plan.js';
import { settle } from '../../src/targets/servers/settings.js';
import { findFreePort, type ServerProgram, startServer } from '../../src/targets/servers/start.js';
import { ServerRoom } from './processes.js';

const docker = async (...args: string[]) => (await promisify(execFile)('docker', args)).stdout;

// Docker is optional, and a test pulls no image.
const available = await docker('image', 'inspect', 'valkey/valkey:8').then(
  () => true,
  () => false,
);

const PROGRAM = fileURLToPath(new URL('hold-server.ts', import.meta.url));
const { signal } = new AbortController();
const plan = serverPlan(drawUp(settle({}, 'managed')));

describe.skipIf(!available)('a server in a container', () => {
  let room: ServerRoom;
  let container: ServerProgram;
  const names = new Set<string>();
  beforeEach(async () => {
    room = new ServerRoom();
    vi.stubEnv('TMPDIR', room.folder);
    container = (await findContainer('valkey', () => {}))!;
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await room[Symbol.asyncDispose]();
    for (const name of names) expect(await docker('ps', '-a', '-q', '--filter', `name=${name}`)).toBe('');
    names.clear();
  });

  /** Containers of this test's servers: their names are in the supervisors' scripts. */
  function findNames(): number {
    for (const { command } of room.supervisors()) {
      const name = /'--name' '([^']+)'/.exec(command)?.[1];
      if (name !== undefined) names.add(name);
    }
    return names.size;
  }

  test('is open to who knows the password, and goes with its container', async () => {
    const server = await startServer(container, plan, { signal });
    expect(findNames()).toBe(1);
    const client = new Redis(`redis://:${plan.admin.password}@127.0.0.1:${server.port}`);
    expect(await client.call('DEBUG', 'SLEEP', '0')).toBe('OK');
    client.disconnect();
    await server.stop();
  });

  test('goes to another port when the first is taken', async () => {
    const first = await startServer(container, plan, { signal });
    findNames();
    const ports = [first.port, await findFreePort()];
    const second = await startServer(container, serverPlan(drawUp(settle({}, 'managed'))), {
      signal,
      findPort: async () => ports.shift()!,
    });
    findNames();
    expect(second.port).not.toBe(first.port);
    await Promise.all([first.stop(), second.stop()]);
  });

  test.each([0, 200, 500, 800, 1_500])('goes when its program is killed after %d ms', async (delayMs) => {
    const args = ['--import', 'tsx', PROGRAM, 'die-early', String(delayMs), 'container'];
    const program = spawn(process.execPath, args, { stdio: 'inherit' });
    const ended = once(program, 'close');
    while (program.exitCode === null && program.signalCode === null) {
      findNames();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(await ended).toEqual([null, 'SIGKILL']);
  });
});
