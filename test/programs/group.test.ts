import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Launch, type ProcessGroup, startGroup } from '../../src/programs/group.js';
import { isAlive } from '../../src/programs/members.js';
import { stateOf } from '../support/processes.js';
import { folderWith } from '../support/redrill.js';

interface Started extends AsyncDisposable {
  readonly group: ProcessGroup;
  output(): string;
}

async function start(script: string, options: Partial<Launch> = {}): Promise<Started> {
  let output = '';
  const group = await startGroup({
    command: ['/bin/sh', '-c', script],
    cwd: '/',
    env: { PATH: process.env.PATH ?? '' },
    graceMs: 5_000,
    onOutput: (text) => {
      output += text;
    },
    ...options,
  });
  return {
    group,
    output: () => output,
    async [Symbol.asyncDispose]() {
      await group.kill();
      await expect.poll(() => isAlive(group.pid)).toBe(false);
    },
  };
}

/** Waits for a line. */
const said = (started: Started, text: string) =>
  expect.poll(started.output, { timeout: 5_000, interval: 5 }).toContain(text);

describe('a process group', () => {
  test.each([
    ['exit 0', { exitCode: 0, signal: null }],
    ['exit 3', { exitCode: 3, signal: null }],
    ['kill -USR1 $$', { exitCode: null, signal: 'SIGUSR1' }],
  ])('%s', async (script, end) => {
    await using started = await start(script);
    expect(await started.group.ended).toEqual(end);
    expect(started.group.signal('SIGTERM')).toBe(false);
  });

  test('is the program itself, in its folder and with its environment alone', async () => {
    const cwd = folderWith();
    await using started = await start('echo $$ $(pwd) $A $HOME; echo err >&2', {
      cwd,
      env: { A: '1', PATH: '/bin:/usr/bin' },
    });
    await started.group.ended;
    expect(started.output().split('\n').sort()).toEqual(['', `${started.group.pid} ${cwd} 1`, 'err']);
  });

  test('has files that this user alone can read, until it ends', async () => {
    const folder = path.join(folderWith(), 'files');
    const files = { folder, contents: { 'a.txt': 'one', 'b.txt': 'two' } };
    await using started = await start('cat files/*; echo up; exec sleep 60', { cwd: path.dirname(folder), files });
    await said(started, 'up');
    expect(started.output()).toBe('onetwoup\n');
    const modes = [folder, path.join(folder, 'a.txt')].map((file) => statSync(file).mode & 0o777);
    expect(modes).toEqual([0o700, 0o600]);
    await started.group.stop();
    expect(existsSync(folder)).toBe(false);
  });

  test('that cannot have its files is not started', async () => {
    const folder = folderWith({ started: '' });
    const begun = start('rm started', { cwd: folder, files: { folder, contents: {} } });
    await expect(begun).rejects.toThrow('EEXIST');
  });

  test('ends with all that it has started', async () => {
    await using started = await start('sleep 60 & (sleep 60 & sleep 60) & echo up; wait');
    await said(started, 'up');
    expect(await started.group.stop()).toEqual({ exitCode: null, signal: 'SIGTERM' });
    expect(isAlive(started.group.pid)).toBe(false);
  });

  test('is killed when it does not end in its grace', async () => {
    await using started = await start("trap '' TERM; echo up; while :; do sleep 0.05; done", { graceMs: 100 });
    await said(started, 'up');
    expect(await started.group.stop()).toEqual({ exitCode: null, signal: 'SIGKILL' });
  });

  test('may finish what it does in its grace, also behind a shell that has ended', async () => {
    const script = "(trap 'echo done; exit' TERM; echo up; while :; do sleep 0.05; done) & wait";
    await using started = await start(script);
    await said(started, 'up');
    await started.group.stop();
    expect(started.output()).toContain('done');
  });

  test('ends though it was halted', async () => {
    await using started = await start('echo up; exec sleep 60');
    await said(started, 'up');
    expect(started.group.signal('SIGSTOP')).toBe(true);
    await expect.poll(() => stateOf(started.group.pid)).toBe('T');
    expect(await started.group.stop()).toEqual({ exitCode: null, signal: 'SIGTERM' });
  });

  test('leaves no process behind that its first one did not wait for', async () => {
    await using started = await start('sleep 60 & exit 0', { graceMs: 100 });
    expect(await started.group.ended).toEqual({ exitCode: 0, signal: null });
    expect(isAlive(started.group.pid)).toBe(false);
  });

  test('that cannot be started says why', async () => {
    await expect(start('exit', { cwd: path.join(folderWith(), 'absent') })).rejects.toThrow('ENOENT');
  });
});
