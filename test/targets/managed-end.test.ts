import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ServerRoom } from './processes.js';

/** However a program ends, its managed server ends with it. */

const PROGRAM = fileURLToPath(new URL('hold-server.ts', import.meta.url));

let room: ServerRoom;
beforeEach(() => {
  room = new ServerRoom();
});
afterEach(async () => {
  await room[Symbol.asyncDispose]();
});

interface Program {
  readonly process: ChildProcess;
  readonly pid: number;
  output(): string;
  readonly ended: Promise<unknown[]>;
}

/** Runs the program in a process group of its own, as a shell does. */
function run(...args: string[]): Program {
  const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, ...args], {
    detached: true,
    stdio: 'pipe',
    env: { ...process.env, TMPDIR: room.folder },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
  return { process: child, pid: child.pid!, output: () => output, ended: once(child, 'close') };
}

const expectOutput = (program: Program, text: string) =>
  expect.poll(program.output, { timeout: 10_000, interval: 10 }).toContain(text);

test.each(['SIGKILL', 'SIGTERM', 'SIGHUP', 'SIGINT'] as const)('%s of the program', async (signal) => {
  const program = run('hold');
  await expectOutput(program, 'open');
  expect(room.servers()).toHaveLength(1);
  process.kill(program.pid, signal);
  expect(await program.ended).toEqual([null, signal]);
});

test('SIGKILL at any moment of the start', async () => {
  const programs = [0, 2, 4, 6, 10, 15, 25, 40].map((delayMs) => run('die-early', String(delayMs)));
  for (const program of programs) expect(await program.ended).toEqual([null, 'SIGKILL']);
});

test('SIGKILL of a program with a cluster, at any moment of its start and after it', async () => {
  const programs = [50, 150, 400, 1_000].map((delayMs) => run('die-early', String(delayMs), 'managed:cluster+tls'));
  for (const program of programs) expect(await program.ended).toEqual([null, 'SIGKILL']);
  await room.expectEmpty();
  const program = run('hold', '0', 'managed:cluster');
  await expectOutput(program, 'open');
  expect(room.servers()).toHaveLength(6);
  process.kill(program.pid, 'SIGKILL');
  await program.ended;
  await expect.poll(() => [...room.processes(), ...room.folders()], { timeout: 1_000, interval: 20 }).toEqual([]);
});

test('SIGKILL of a program whose child lives on', async () => {
  const program = run('child');
  await expectOutput(program, 'child');
  process.kill(program.pid, 'SIGKILL');
  await room.expectEmpty();
  process.kill(Number(/child (\d+)/.exec(program.output())?.[1]), 'SIGKILL');
});

test('an error that nothing catches', async () => {
  const program = run('throw');
  expect(await program.ended).toEqual([1, null]);
  expect(program.output()).toContain('thrown on purpose');
});

test('process.exit', async () => {
  expect(await run('exit').ended).toEqual([7, null]);
});

test('nothing of a target that was disposed holds up the end of the program', async () => {
  const program = run('dispose', '0', 'managed:replicas+tls');
  expect(await program.ended).toEqual([0, null]);
  expect(program.output()).toBe('open\nleft []\n');
});

test('Ctrl-C leaves the server to the teardown', async () => {
  const program = run('teardown');
  await expectOutput(program, 'open');
  process.kill(-program.pid, 'SIGINT');
  await expectOutput(program, 'interrupted');
  expect(room.servers()).toHaveLength(1);
  program.process.stdin!.write('end\n');
  expect(await program.ended).toEqual([130, null]);
});
