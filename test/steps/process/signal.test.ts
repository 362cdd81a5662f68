import { expect, test, vi } from 'vitest';
import { ScenarioError } from '../../../src/errors.js';
import { processSignal } from '../../../src/steps/process/signal.js';
import { stateOf } from '../../support/processes.js';
import { startProgram } from './inputs.js';

const soon = (check: () => void) => vi.waitFor(check, { timeout: 5_000, interval: 10 });

test('KILL ends the whole group, and is over when it has ended', async () => {
  await using program = await startProgram('sleep 60 & echo up; wait', { ready: { output: 'up' } });
  const { context } = program.opened;
  expect(await processSignal.run({ process: 'step', signal: 'KILL' }, context)).toEqual({ sent: true });
  expect(program.snapshot()).toMatchObject({ running: false, exitCode: null, signal: 'KILL' });
  expect(await processSignal.run({ process: 'step', signal: 'KILL' }, context)).toEqual({ sent: false });
});

test('STOP halts it, and CONT lets it go on', async () => {
  await using program = await startProgram('exec sleep 60');
  const { context } = program.opened;
  const { pid } = program.first;
  expect(await processSignal.run({ process: 'step', signal: 'STOP' }, context)).toEqual({ sent: true });
  await soon(() => expect(stateOf(pid)).toBe('T'));
  expect(program.snapshot().running).toBe(true);
  expect(await processSignal.run({ process: 'step', signal: 'CONT' }, context)).toEqual({ sent: true });
  await soon(() => expect(stateOf(pid)).toBe('S'));
});

test('others are the program’s to handle', async () => {
  const script = "trap 'echo again' USR1; echo up; while :; do sleep 0.02; done";
  await using program = await startProgram(script, { ready: { output: 'up' } });
  await processSignal.run({ process: 'step', signal: 'USR1' }, program.opened.context);
  await soon(() => expect(program.snapshot().output).toContain('again'));
  expect(program.snapshot().running).toBe(true);
});

test('an id of something else', async () => {
  await using program = await startProgram('exec sleep 60');
  const wrong = processSignal.run({ process: 'listeners', signal: 'KILL' }, program.opened.context);
  const next = 'name a step with `process.start`';
  await expect(wrong).rejects.toThrow(new ScenarioError('the step "listeners" started no program', { next }));
});
