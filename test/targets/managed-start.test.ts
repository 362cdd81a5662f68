import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { TargetError } from '../../src/errors.js';
import { findServer } from '../../src/targets/managed/find.js';
import { binaryProgram } from '../../src/targets/managed/supervise.js';
import { drawUp, serverPlan } from '../../src/targets/servers/plan.js';
import { settle } from '../../src/targets/servers/settings.js';
import { startServer } from '../../src/targets/servers/start.js';
import { ServerRoom } from './processes.js';

/** The tests' own server, so that there is one. */
const installed = binaryProgram(findServer({ engine: 'auto' }) ?? '');
const plan = serverPlan(drawUp(settle({}, 'managed')));

let room: ServerRoom;
const { signal } = new AbortController();
beforeEach(() => {
  room = new ServerRoom();
  vi.stubEnv('TMPDIR', room.folder);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await room[Symbol.asyncDispose]();
});

/** An executable that gets the server's configuration as a file and on its standard input. */
function script(text: string): string {
  const path = join(room.folder, 'server.sh');
  writeFileSync(path, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  return path;
}

/** A port that somebody else has. */
async function takenPort(): Promise<{ port: number; [Symbol.dispose](): void }> {
  const listener = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as AddressInfo;
  return { port, [Symbol.dispose]: () => listener.close() };
}

async function errorOf(starting: Promise<unknown>): Promise<TargetError> {
  const error = await starting.catch((thrown: unknown) => thrown);
  if (!(error instanceof TargetError)) throw new Error('not a TargetError', { cause: error });
  return error;
}

test('takes another port when the first is taken', async () => {
  using taken = await takenPort();
  using free = await takenPort();
  free[Symbol.dispose]();
  const ports = [taken.port, taken.port, free.port];
  const server = await startServer(installed, plan, { signal, findPort: async () => ports.shift()! });
  expect(server.port).toBe(free.port);
  await server.stop();
});

test('takes no other server for its own, though that has its password', async () => {
  const first = await startServer(installed, plan, { signal });
  using free = await takenPort();
  free[Symbol.dispose]();
  const ports = [first.port, free.port];
  const second = await startServer(installed, plan, { signal, findPort: async () => ports.shift()! });
  expect(second.port).toBe(free.port);
  await Promise.all([first.stop(), second.stop()]);
});

test('gives up when every port is taken', async () => {
  using taken = await takenPort();
  const findPort = vi.fn(async () => taken.port);
  const error = await errorOf(startServer(installed, plan, { signal, findPort }));
  expect(error.message).toContain(`ended before it answered on 127.0.0.1:${taken.port}`);
  expect(error.message).toContain('Address already in use');
  expect(findPort).toHaveBeenCalledTimes(5);
});

test('says what a server that fails has logged, without its password', async () => {
  const binary = script('grep requirepass; echo "bad luck" >&2; exit 3');
  const error = await errorOf(startServer(binaryProgram(binary), plan, { signal, findPort: async () => 1 }));
  expect(error.message.replace(room.folder, 'FOLDER')).toMatchInlineSnapshot(`
    "FOLDER/server.sh ended before it answered on 127.0.0.1:1; it logged:
      requirepass ***
      bad luck"
  `);
  expect(error.details.next).toMatchInlineSnapshot(
    `"name another server by REDRILL_SERVER=/path/to/redis-server, or use a running one by --url redis://host:6379"`,
  );
});

test('gives up on a server that never answers', async () => {
  const binary = script('exec sleep 60');
  const error = await errorOf(
    startServer(binaryProgram(binary), plan, { signal, timeoutMs: 200, findPort: async () => 1 }),
  );
  expect(error.message.replace(room.folder, 'FOLDER')).toMatchInlineSnapshot(`
    "FOLDER/server.sh did not answer within 0.2s on 127.0.0.1:1; it logged:
      (nothing)"
  `);
});

test('says when there is no room for temporary files', async () => {
  vi.stubEnv('TMPDIR', join(room.folder, 'absent'));
  const error = await errorOf(startServer(installed, plan, { signal, findPort: async () => 1 }));
  expect(error.message).toContain('absent');
  expect(error.message).toContain('No such file or directory');
});

test('starts a server that does not know the newest directives, by a wrapper that waits for it', async () => {
  const binary = script(`
    configuration=$(cat)
    case $configuration in *enable-debug-command*)
      echo "*** FATAL CONFIG FILE ERROR (Redis 6.2.14) ***"
      echo ">>> 'enable-debug-command local'"
      echo "Bad directive or wrong number of arguments"
      exit 1
    esac
    echo "$configuration" | ${installed.name} -`);
  const server = await startServer(binaryProgram(binary), plan, { signal });
  expect(room.servers()).toHaveLength(1);
  await server.stop();
});

test('stops the start when the run is stopped', async () => {
  const controller = new AbortController();
  const starting = startServer(binaryProgram(script('exec sleep 60')), plan, { signal: controller.signal });
  await expect.poll(() => room.processes()).not.toEqual([]);
  controller.abort(new Error('stopped by the user'));
  await expect(starting).rejects.toThrow('stopped by the user');
  await expect(startServer(binaryProgram('/nowhere'), plan, { signal: controller.signal })).rejects.toThrow(
    'stopped by the user',
  );
});
