import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ensureServer } from '../../src/build/ensure-server.js';

/** A machine whose only programs are those in this folder. */
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'redrill-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function program(name: string, text: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
}

async function ensure(env: Record<string, string> = {}, containers?: boolean): Promise<string[]> {
  const said: string[] = [];
  await ensureServer({
    env: { PATH: folder, ...env },
    furtherFolders: [],
    ...(containers !== undefined && { hasContainers: async () => containers }),
    say: (text) => said.push(text),
  });
  return said;
}

/** Ends a package manager's script by installing a server. */
const INSTALL = `/bin/cp "$0" "${'$'}{0%/*}/valkey-server"`;

test('is silent where a server is', async () => {
  program('redis-server', '');
  program('brew', 'exit 1');
  expect(await ensure()).toEqual([]);
});

test('installs nothing where Docker can run one', async () => {
  program('brew', INSTALL);
  expect(await ensure({}, true)).toEqual([]);
  expect(await ensure({}, false)).toEqual(['No Redis or Valkey server is here: installing valkey by brew.']);
});

test('installs one by the package manager that is there, without asking', async () => {
  program('apk', `[ "$*" = "add valkey" ] && ${INSTALL}`);
  expect(await ensure()).toEqual(['No Redis or Valkey server is here: installing valkey by apk.']);
});

test('tries the next package, then the next package manager', async () => {
  program('dnf', 'echo "Last metadata check" >&2; echo "No match for argument: $3" >&2; exit 1');
  program('brew', `[ "$2" = redis ] && ${INSTALL}`);
  expect(await ensure()).toEqual([
    'No Redis or Valkey server is here: installing valkey by dnf.',
    'No Redis or Valkey server is here: installing redis by dnf.',
    'No Redis or Valkey server is here: installing valkey by brew.',
    'No Redis or Valkey server is here: installing redis by brew.',
  ]);
});

test('says why none could be installed', async () => {
  program('dnf', '[ "$3" = redis ] || { echo "No match for argument: $3" >&2; exit 1; }');
  await expect(ensure()).rejects.toThrowErrorMatchingInlineSnapshot(`
    [Error: There is no Redis or Valkey server on this machine, and none could be installed.
      dnf valkey: No match for argument: valkey
      dnf redis: installed, but holds no server
    Install one by hand, or name one by REDRILL_SERVER=/path/to/redis-server.]
  `);
});

test('says when nothing could install one', async () => {
  await expect(ensure()).rejects.toThrowErrorMatchingInlineSnapshot(`
    [Error: There is no Redis or Valkey server on this machine, and none could be installed.
      No apt-get, dnf, apk or brew was found.
    Install one by hand, or name one by REDRILL_SERVER=/path/to/redis-server.]
  `);
});

test('installs nothing when a server is named', async () => {
  program('brew', INSTALL);
  await expect(ensure({ REDRILL_SERVER: '/nowhere/server' })).rejects.toThrowErrorMatchingInlineSnapshot(
    `[TargetError: REDRILL_SERVER names the server /nowhere/server, which is not an executable file]`,
  );
});
