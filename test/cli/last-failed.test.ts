import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, inject, test, vi } from 'vitest';
import { folderWith, runRedrill } from '../support/redrill.js';

// Each test starts the program several times.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const testCase = (name: string, expected = 'PONG'): string =>
  `name: ${name}\nsteps: [{ command: PING, expect: ${expected} }]\n`;
const FAILS = 'PING';
const UNKNOWN = 'name: proves nothing\nsteps: [{ command: PING }]\n';

/** A project with a memory of its own. */
function project(files: Readonly<Record<string, string>>) {
  const cwd = folderWith(files);
  const cache = folderWith();
  const start = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    runRedrill(['run', '--url', inject('serverUrl'), '--report', 'tap', ...args], {
      cwd,
      env: { REDRILL_CACHE: cache, ...env },
    });
  return {
    cwd,
    start,
    write: (name: string, text: string) => writeFileSync(path.join(cwd, name), text),
    /** The names of the cases that ran, sorted. */
    async ran(...args: string[]): Promise<string[]> {
      const { stdout } = await start(args);
      return Array.from(stdout.matchAll(/^(?:not )?ok \d+ - (.*?)(?: # SKIP.*)?$/gm), ([, name]) => name!).toSorted();
    },
    remembered: (): unknown =>
      readdirSync(path.join(cache, 'redrill'))
        .filter((name) => name.endsWith('.failed'))
        .map((name) => JSON.parse(readFileSync(path.join(cache, 'redrill', name), 'utf8'))),
  };
}

test('runs what did not pass, until it does', async () => {
  const { ran, write, start } = project({
    'a.yaml': [testCase('passes'), testCase('fails', FAILS), UNKNOWN].join('---\n'),
    'b.yaml': testCase('fails too', FAILS),
  });
  expect(await ran('.')).toHaveLength(4);
  const failed = ['a.yaml > fails', 'a.yaml > proves nothing', 'b.yaml > fails too'];
  expect(await ran('.', '--last-failed')).toEqual(failed);
  write('b.yaml', testCase('fails too'));
  expect(await ran('.', '--last-failed')).toEqual(failed);
  expect(await ran('.', '--last-failed')).toEqual(failed.slice(0, 2));
  write('a.yaml', testCase('fails'));
  expect(await ran('.', '--last-failed')).toEqual(['a.yaml > fails']);
  const { exitCode, stdout, stderr } = await start(['.', '--last-failed']);
  expect([exitCode, stdout, stderr]).toEqual([
    3,
    '',
    'redrill: --last-failed: every case passed the last time that it ran\n  run without --last-failed to run them all\n',
  ]);
});

test('a case that a run left out stays what it was', async () => {
  const { ran } = project({ 'a.yaml': [testCase('one', FAILS), testCase('two', FAILS)].join('---\n') });
  await ran('.', '--grep', 'one');
  await ran('.', '--bail', '--grep', 'two');
  expect(await ran('.', '--last-failed')).toEqual(['a.yaml > one', 'a.yaml > two']);
  expect(await ran('.', '--last-failed', '--grep', 'two')).toEqual(['a.yaml > two']);
});

test('a case that is there no more is forgotten', async () => {
  const { ran, write, remembered } = project({
    'a.yaml': testCase('old', FAILS),
    'b.yaml': testCase('other', FAILS),
  });
  await ran('.');
  write('a.yaml', testCase('new'));
  await ran('a.yaml');
  expect(remembered()).toEqual([['b.yaml#other']]);
});

test('a case is one whichever of several targets it failed on', async () => {
  const { ran, remembered } = project({ 'a.yaml': [testCase('passes'), testCase('fails', FAILS)].join('---\n') });
  await ran('.', '--url', inject('serverUrl').replace('127.0.0.1', 'localhost'));
  expect(remembered()).toEqual([['a.yaml#fails']]);
  expect(await ran('.', '--last-failed')).toEqual(['a.yaml > fails']);
});

test('no value of the environment is remembered, and cases named by one are found', async () => {
  const files = {
    'redrill.config.yaml': 'env: [SECRET_NAME]\n',
    'a.yaml': testCase('of ada-lovelace', FAILS),
  };
  const { start, remembered } = project(files);
  const env = { SECRET_NAME: 'ada-lovelace' };
  await start(['.'], env);
  expect(remembered()).toEqual([['a.yaml#of ***']]);
  expect((await start(['.', '--last-failed'], env)).exitCode).toBe(1);
});

test.each<[what: string, env: Record<string, string>, message: string]>([
  [
    'a first run',
    {},
    'redrill: --last-failed: no run of this folder is remembered\n  run once without --last-failed\n',
  ],
  [
    'a run without a cache',
    { REDRILL_CACHE: 'off' },
    'redrill: --last-failed: no run of this folder is remembered\n  REDRILL_CACHE=off remembers none: leave it out\n',
  ],
])('%s has nothing to go by', async (_, env, message) => {
  const { start } = project({ 'a.yaml': testCase('fails', FAILS) });
  const { exitCode, stdout, stderr } = await start(['.', '--last-failed'], env);
  expect([exitCode, stdout, stderr]).toEqual([3, '', message]);
});

test('what failed may be left out by the filters', async () => {
  const { start } = project({ 'a.yaml': [testCase('passes'), testCase('fails', FAILS)].join('---\n') });
  await start(['.']);
  const { exitCode, stdout, stderr } = await start(['.', '--last-failed', '--grep', 'passes']);
  expect([exitCode, stdout, stderr]).toEqual([
    3,
    '',
    'redrill: --last-failed: 1 case did not pass, and none of them is among those selected\n' +
      '  leave out paths, --tags, --skip-tags or --grep, or run without --last-failed\n',
  ]);
});
