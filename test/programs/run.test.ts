import { expect, test } from 'vitest';
import { runProgram } from '../../src/programs/run.js';

const options = {
  cwd: '/',
  env: { PATH: process.env.PATH ?? '' },
  timeoutMs: 5_000,
  signal: new AbortController().signal,
};

test.each<[script: string, outcome: object]>([
  ['exit 0', { kind: 'ended', ok: true, how: 'ended with exit code 0', lastLine: undefined }],
  ['echo one; echo two >&2; exit 4', { kind: 'ended', ok: false, how: 'ended with exit code 4' }],
  ['echo why; kill -KILL $$', { kind: 'ended', ok: false, how: 'was ended by KILL', lastLine: 'why' }],
])('%s', async (script, outcome) => {
  expect(await runProgram(['sh', '-c', script], options)).toMatchObject(outcome);
});

test('a program that is not there', async () => {
  expect(await runProgram(['no-such-program'], options)).toEqual({ kind: 'absent', program: 'no-such-program' });
});

test('a program that does not end in time is killed', async () => {
  const outcome = await runProgram(['sh', '-c', 'echo waiting; sleep 60'], { ...options, timeoutMs: 200 });
  expect(outcome).toEqual({ kind: 'timeout', lastLine: 'waiting' });
});

test('is ended with the run', async () => {
  const controller = new AbortController();
  const running = runProgram(['sleep', '60'], { ...options, signal: controller.signal });
  controller.abort(new Error('interrupted'));
  await expect(running).rejects.toThrow('interrupted');
});
