import { chmodSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { getServers, installedVersion, SERVERS, serverPath } from '../../src/build/servers.js';
import { folderWith } from '../support/redrill.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

/** A cache with programs that say these versions, on a machine that has no apt. */
function cacheWith(versions: Readonly<Record<string, string>>): void {
  const files = Object.entries(versions).map(([name, said]) => [
    `redrill/servers/${name}/server`,
    `#!/bin/sh\necho '${said} sha=00000000:0 malloc=jemalloc-5.3.0 bits=64'\n`,
  ]);
  const folder = folderWith(Object.fromEntries(files));
  for (const [file = ''] of files) chmodSync(path.join(folder, file), 0o755);
  vi.stubEnv('XDG_CACHE_HOME', folder);
  vi.stubEnv('PATH', '/nonexistent');
}

const ALL = {
  'redis-7.0': 'Redis server v=7.0.15',
  'redis-8.0': 'Redis server v=8.0.2',
  'valkey-8.1': 'Valkey server v=8.1.1',
};

test('those that are there stay', async () => {
  cacheWith(ALL);
  const said: string[] = [];
  await getServers((text) => said.push(text));
  expect(said).toEqual(
    ['redis-7.0: 7.0.15', 'redis-8.0: 8.0.2', 'valkey-8.1: 8.1.1'].map(
      (text, index) => `${text} as ${serverPath(SERVERS[index]!)}`,
    ),
  );
});

test('another version than the one of the name counts for nothing, nor does another engine', async () => {
  cacheWith({ ...ALL, 'redis-8.0': 'Redis server v=8.10.0', 'valkey-8.1': 'Redis server v=8.1.1' });
  expect(await Promise.all(SERVERS.map(installedVersion))).toEqual(['7.0.15', undefined, undefined]);
});

test('one that is missing cannot be had without apt', async () => {
  cacheWith({ ...ALL, 'redis-8.0': 'Redis server v=9.0.0' });
  const said: string[] = [];
  await expect(getServers((text) => said.push(text))).rejects.toThrow('apt-get');
  expect(said.at(-1)).toMatch(/^Getting servers of Debian trixie from /);
});
