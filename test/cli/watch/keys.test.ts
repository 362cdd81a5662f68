import { renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { folderWith } from '../../support/redrill.js';
import { runInTerminal, type TerminalRun } from '../../support/terminal.js';
import { ServerRoom } from '../../targets/processes.js';

const PASSES = 'name: passes\nsteps: [{ command: PING, expect: PONG }]\n';
const FAILS = 'name: fails\nsteps: [{ command: PING, expect: PANG }]\n';
const SLOW =
  'name: slow\nsteps: [{ command: SET a 1, expect: OK }, { wait: 60s }]\nteardown: [{ command: DEL a, expect: 1 }]\n';

/** What came after the `times`-th time that it waited for somebody, once that has come. */
const untilWaiting = (run: TerminalRun, times: number): Promise<string> =>
  run.until((text) => text.split('h for help, q to quit').length > times);

function save(folder: string, name: string, text: string): void {
  writeFileSync(path.join(folder, '_'), text);
  renameSync(path.join(folder, '_'), path.join(folder, name));
}

/** What is on the screen after the last line with this text. */
const after = (run: TerminalRun, text: string): string => run.lines().join('\n').split(text).at(-1) ?? '';

test('keys choose what runs, and show what failed', async () => {
  await using room = new ServerRoom();
  const cwd = folderWith({ 'scenarios/a.yaml': PASSES, 'scenarios/b.yaml': FAILS });
  const run = runInTerminal(['watch'], { cwd, rows: 60, env: { TMPDIR: room.folder } });
  expect(await untilWaiting(run, 1)).toContain('1 case did not pass: f runs only those.');

  run.type('h');
  expect(await run.until((text) => text.includes('q, Ctrl-C  quit'))).toMatch(/\n {2}a {10}run all cases\n/);
  run.type('l');
  await run.until((text) => text.split('actual    "PONG"').length === 3);

  run.type('f');
  await untilWaiting(run, 2);
  expect(after(run, '↻ what did not pass: 1 case')).toMatch(/✗ fails[^✓]*$/);
  run.type('r');
  await untilWaiting(run, 3);
  expect(after(run, '↻ the same: 1 case')).toMatch(/✗ fails[^✓]*$/);
  run.type('a');
  await untilWaiting(run, 4);
  expect(after(run, '↻ all: 2 cases')).toContain('✓ passes');

  run.type('t');
  await run.until((text) => /Only cases whose file or name matches: *$/.test(text));
  run.type('b\\.y');
  // A save is answered after the question.
  save(cwd, 'scenarios/a.yaml', PASSES);
  run.type('aml\r');
  expect(await run.until((text) => /Only cases that match b\\\.yaml\./.test(text))).toContain('1 failed (1)');
  await run.until((text) => text.includes('redrill: no case was selected'));
  run.type('t');
  await run.until((text) => /matches: b\\\.yaml *$/.test(text));
  run.type('\u0015(\r');
  // It stays as it was.
  await run.until((text) => text.includes('( is no regular expression: escape what is meant literally.'));
  run.type('t');
  await run.until((text) => /no regular expression[\s\S]*matches: b\\\.yaml *$/.test(text));
  run.type('\u0015\r');
  await run.until(() => /✓ passes[\s\S]*1 failed, 1 passed \(2\)[\s\S]*to quit/.test(after(run, '↻ all: ')));

  save(cwd, 'scenarios/b.yaml', FAILS.replace('PANG', 'PONG'));
  await run.until(() => /✓ fails[\s\S]*to quit/.test(after(run, '↻ scenarios/b.yaml: 1 case')));
  run.type('f');
  await run.until((text) => text.includes('Nothing has failed.'));
  run.type('q');
  expect(await run.exitCode).toBe(0);
  await room.expectEmpty();
});

test.each([
  ['q', 0, 'interrupted by a key'],
  ['\u0003', 130, 'interrupted by SIGINT'],
])('%j ends a run in order', async (key, exitCode, reason) => {
  await using room = new ServerRoom();
  const cwd = folderWith({ 'scenarios/a.yaml': SLOW });
  const run = runInTerminal(['watch', '--verbose'], { cwd, env: { TMPDIR: room.folder } });
  await run.until((text) => text.includes('of 1m'));
  run.type(key);
  expect(await run.exitCode).toBe(exitCode);
  expect(run.lines().join('\n')).toContain(reason);
  expect(run.lines().join('\n')).toContain('✓ command DEL a');
  await room.expectEmpty();
});

test.each(['q', '\u0003', '\u0004'])('%j ends it while it waits', async (key) => {
  await using room = new ServerRoom();
  const cwd = folderWith({ 'scenarios/a.yaml': PASSES });
  const run = runInTerminal(['watch'], { cwd, env: { TMPDIR: room.folder } });
  await untilWaiting(run, 1);
  run.type(key);
  expect(await run.exitCode).toBe(key === '\u0003' ? 130 : 0);
  await room.expectEmpty();
});
