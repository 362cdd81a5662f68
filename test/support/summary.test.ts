import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const inProject = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Exit code and last line of a run of this one file. */
function run(file: string, source: string): Promise<[code: number, line: string | undefined]> {
  const root = mkdtempSync(join(tmpdir(), 'redrill-test-'));
  writeFileSync(join(root, file), source);
  const args = [
    'run',
    '--globals',
    '--root',
    root,
    '--reporter=default',
    `--reporter=${inProject('test/support/summary.ts')}`,
  ];
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [inProject('node_modules/vitest/vitest.mjs'), ...args], (_, stdout) => {
      rmSync(root, { recursive: true });
      resolve([child.exitCode ?? -1, stdout.trimEnd().split('\n').at(-1)]);
    });
  });
}

test.concurrent.each<[string, string, number, string]>([
  ['passes', "test('a', () => {}); test('b', () => {});", 0, '2 passed, 0 failed'],
  ['skips', "test('a', () => {}); test.skip('b', () => {}); test.todo('c');", 0, '1 passed, 0 failed, 2 skipped'],
  ['fails', "test('a', () => {}); test('b', () => { throw new Error(); });", 1, '1 passed, 1 failed'],
  ['cannot be loaded', "import './absent.js';", 1, '0 passed, 1 failed'],
  ['fails outside of its tests', "test('a', async () => { Promise.reject(new Error()); });", 1, '1 passed, 1 failed'],
  ['has a hook that fails', "afterAll(() => { throw new Error(); }); test('a', () => {});", 1, '1 passed, 1 failed'],
])('a file that %s', async (_, source, code, line) => {
  expect(await run('a.test.js', source)).toEqual([code, line]);
});

test.concurrent('no file', async () => {
  expect(await run('a.js', '')).toEqual([1, 'No test was run.']);
});
