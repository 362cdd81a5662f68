import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TargetError } from '../../src/errors.js';
import { findServer, noServerError, type ServerChoice } from '../../src/targets/managed/find.js';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'redrill-test-'));
  for (const [folder, ...names] of [
    ['both', 'redis-server', 'valkey-server'],
    ['redis', 'redis-server'],
    ['other', 'my-server', 'apt-get', 'apk'],
  ]) {
    mkdirSync(join(root, folder!));
    for (const name of names) writeFileSync(join(root, folder!, name), '', { mode: 0o755 });
  }
  mkdirSync(join(root, 'decoys', 'valkey-server'), { recursive: true });
  writeFileSync(join(root, 'decoys', 'redis-server'), '');
});
afterAll(() => rmSync(root, { recursive: true }));

const path = (...folders: string[]) => folders.map((folder) => join(root, folder)).join(':');

test.each<[Partial<ServerChoice>, string[], string]>([
  [{}, ['both'], 'both/valkey-server'],
  [{}, ['redis', 'both'], 'both/valkey-server'],
  [{}, ['redis'], 'redis/redis-server'],
  [{}, ['decoys', 'redis'], 'redis/redis-server'],
  [{ engine: 'redis' }, ['both'], 'both/redis-server'],
  [{ engine: 'valkey' }, ['redis', 'both'], 'both/valkey-server'],
  [{ binary: 'my-server' }, ['both', 'other'], 'other/my-server'],
])('%j on %j is %s', (choice, folders, found) => {
  expect(findServer({ engine: 'auto', ...choice }, { PATH: path(...folders) })).toBe(join(root, found));
});

test('a relative path becomes absolute', () => {
  const binary = relative(process.cwd(), join(root, 'redis/redis-server'));
  expect(findServer({ engine: 'auto', binary }, {})).toBe(join(root, 'redis/redis-server'));
});

test('the config goes before REDRILL_SERVER, and that before PATH', () => {
  const env = { PATH: path('both'), REDRILL_SERVER: join(root, 'redis/redis-server') };
  expect(findServer({ engine: 'auto' }, env)).toBe(env.REDRILL_SERVER);
  const binary = join(root, 'other/my-server');
  expect(findServer({ engine: 'auto', binary }, env)).toBe(binary);
});

test('REDRILL_SERVER is for its own engine alone, as far as its name tells', () => {
  const env = { PATH: path('both'), REDRILL_SERVER: join(root, 'redis/redis-server') };
  expect(findServer({ engine: 'redis' }, env)).toBe(env.REDRILL_SERVER);
  expect(findServer({ engine: 'valkey' }, env)).toBe(join(root, 'both/valkey-server'));
  const mine = { ...env, REDRILL_SERVER: join(root, 'other/my-server') };
  expect(findServer({ engine: 'valkey' }, mine)).toBe(mine.REDRILL_SERVER);
});

const FURTHER = ['/nowhere/sbin', '/nowhere/bin'];

function errorOf(choice: Partial<ServerChoice>, env: Record<string, string>): TargetError {
  try {
    const found = findServer({ engine: 'auto', ...choice }, env, FURTHER);
    if (found !== undefined) throw new Error(`found ${found}`);
    return noServerError({ engine: 'auto', ...choice }, undefined, env, FURTHER);
  } catch (error) {
    if (error instanceof TargetError) return error;
    throw error;
  }
}

const NONE = 'on PATH, nor in /nowhere/sbin, /nowhere/bin, and there is no Docker that could run one';

test.each<[string, Partial<ServerChoice>, Record<string, string>, string]>([
  ['none', {}, {}, `found no valkey-server and no redis-server ${NONE}`],
  ['none of the engine', { engine: 'valkey' }, {}, `found no valkey-server ${NONE}`],
  [
    'not that of the config',
    { binary: '/nowhere/server' },
    {},
    'the config names the server /nowhere/server, which is not an executable file',
  ],
  [
    'not that of the environment',
    {},
    { REDRILL_SERVER: 'no-server' },
    'REDRILL_SERVER names the server no-server, which is not an executable file',
  ],
])('the message for %s', (_, choice, env, message) => {
  expect(errorOf(choice, { ...env, PATH: path('decoys') }).message).toBe(message);
});

test.each([
  ['decoys', 'install one'],
  ['other', 'install one (apt-get install redis-server)'],
])('what to do next on %s', (folder, install) => {
  const { next } = errorOf({}, { PATH: path(folder) }).details;
  // Whether sudo is needed depends on who runs the tests.
  expect(next!.replace('sudo ', '')).toBe(
    `${install}, name one by REDRILL_SERVER=/path/to/redis-server, or use a running server by --url redis://host:6379`,
  );
});

test('where Docker is, says why it runs none', () => {
  const docker = new TargetError('testcontainers is not installed', { next: 'npm install it' });
  const { message, details } = noServerError({ engine: 'redis' }, docker, { PATH: path('decoys') }, FURTHER);
  expect(message).toBe(
    'found no redis-server on PATH, nor in /nowhere/sbin, /nowhere/bin, and Docker cannot run one: testcontainers is not installed',
  );
  expect(details.next).toBe(
    'install one, name one by REDRILL_SERVER=/path/to/redis-server, or use a running server by --url redis://host:6379; for a container: npm install it',
  );
});
