import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { folderWith } from '../support/redrill.js';

const ROOT = path.resolve(import.meta.dirname, '../..');
const SCRIPT = path.join(ROOT, 'src/build/with-docker.ts');

const withDocker = (
  command: readonly string[],
  env: Record<string, string>,
): Promise<readonly [unknown, string, string]> =>
  new Promise((resolve) => {
    const options = { cwd: ROOT, env: { ...process.env, ...env } };
    execFile(process.execPath, ['--import', 'tsx', SCRIPT, ...command], options, (error, stdout, stderr) =>
      resolve([error?.code ?? 0, stdout, stderr]),
    );
  });

const COMMAND = ['sh', '-c', 'echo "$DOCKER_HOST"; exit 3'];

test('takes the Docker that answers', async () => {
  const docker = createServer((_, response) => void response.end('OK')).listen(0, '127.0.0.1');
  onTestFinished(() => void docker.close());
  await new Promise((resolve) => docker.once('listening', resolve));
  const host = `tcp://127.0.0.1:${(docker.address() as AddressInfo).port}`; // of TCP
  expect(await withDocker(COMMAND, { DOCKER_HOST: host })).toEqual([3, `${host}\n`, '']);
});

test('shows what the daemon has logged when it does not start, and runs the command without it', async () => {
  const folder = folderWith({ dockerd: '#!/bin/sh\necho starting\necho "failed to mount overlay" >&2\nexit 1\n' });
  await new Promise((resolve) => execFile('chmod', ['+x', path.join(folder, 'dockerd')], resolve));
  // Nobody becomes root for a test.
  const sudo = folderWith({ sudo: '#!/bin/sh\nshift\nexec "$@"\n' });
  await new Promise((resolve) => execFile('chmod', ['+x', path.join(sudo, 'sudo')], resolve));
  const env = { DOCKER_HOST: 'unix:///nowhere.sock', PATH: `${folder}:${sudo}:${process.env.PATH}`, TMPDIR: folder };
  const [code, stdout, stderr] = await withDocker(COMMAND, env);
  expect([code, stdout]).toEqual([3, 'unix:///nowhere.sock\n']);
  const log = ' did not start:\n  starting\n  failed to mount overlay\n';
  expect(stderr.replaceAll(folder, 'FOLDER')).toBe(
    ['FOLDER/dockerd', 'FOLDER/dockerd --storage-driver=vfs', 'FOLDER/dockerd --storage-driver=vfs --bip=10.213.0.1/24']
      .map((command) => `${command}${log}`)
      .join(''),
  );
});
