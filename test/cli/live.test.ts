import { expect, test } from 'vitest';
import { folderWith } from '../support/redrill.js';
import { runInTerminal } from '../support/terminal.js';

const SLOW = `name: orders are worked off
timeout: 60s
steps:
  - queue.push: { queue: orders, count: 500, size: 64B }
  - repeat:
      times: 100
      steps:
        - wait: 30ms
---
name: fails at once
steps:
  - command: GET nothing
    expect: something
---
name: 日本語の名前 that is longer than a narrow terminal has room for, by far
timeout: 60s
steps:
  - wait: 4s
  - command: PING
    expect: PONG
`;

test('shows what runs, prints a failure at once and whole above it, and leaves nothing of it behind', async () => {
  const cwd = folderWith({ 'scenarios/slow.yaml': SLOW });
  const run = runInTerminal(['run'], { cwd, columns: 100 });

  const during = await run.until((text) => /1 of 3 cases {2}✗ 1/.test(text) && /iterations/.test(text));
  expect(during).toContain('✗ fails at once (1 step,');
  expect(during).toMatch(/expected {2}"something"|"something"/);
  expect(during.indexOf('fails at once')).toBeLessThan(during.indexOf('of 3 cases'));
  expect(during).toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] orders are worked off {2}\d+\.\ds/);
  expect(during).toMatch(/日本語の名前 that is .*… {2}\d\.\ds {2}wait/);

  expect(await run.exitCode).toBe(1);
  const after = run.lines().join('\n');
  expect(after).not.toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏░]/);
  expect(after).not.toContain('of 3 cases  ');
  expect(after.trimEnd()).toMatch(/✗ Failed: 1 of 3 cases gave a wrong answer \(exit code 1\)$/);
  // The cursor is there again.
  expect(run.written().lastIndexOf('\u001b[?25h')).toBeGreaterThan(run.written().lastIndexOf('\u001b[?25l'));
});

test('follows the size of the terminal', async () => {
  const cwd = folderWith({ 'scenarios/slow.yaml': SLOW });
  const run = runInTerminal(['run'], { cwd, columns: 120, rows: 20 });
  await run.until((text) => /of 3 cases/.test(text) && /iterations/.test(text));
  run.resize(44, 12);
  // A terminal may keep what it broke into lines itself of the frame before.
  const narrow = await run.until((text) => /\n {2}\d of 3 cases[^\n]*$/.test(text));
  expect(Math.max(...narrow.split('\n').map((line) => line.length))).toBeLessThanOrEqual(44);
  run.resize(130, 30);
  await run.until((text) => / {2}[█░]{24} {2}\d of 3 cases[^\n]*$/.test(text));
  expect(await run.exitCode).toBe(1);
  expect(run.lines().at(-1)).toMatch(/^✗ Failed: 1 of 3/);
});

test('is without colours where none are wanted', async () => {
  const cwd = folderWith({
    'scenarios/wait.yaml': 'name: waits\nsteps:\n  - wait: 1s\n  - command: PING\n    expect: PONG\n',
  });
  const run = runInTerminal(['run'], { cwd, env: { NO_COLOR: '1' } });
  await run.until((text) => /0 of 1 case/.test(text));
  expect(await run.exitCode).toBe(0);
  // Cursor movement and erasing, never a colour.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape codes begin with one
  expect(run.written()).not.toMatch(/\u001b\[[\d;]*m/);
});

test.each([
  ['TERM=dumb', { TERM: 'dumb' }],
  ['a pseudo-terminal of CI', { CI: 'true' }],
])('is plain lines with %s', async (_, env) => {
  const cwd = folderWith({
    'scenarios/wait.yaml': 'name: waits\nsteps:\n  - wait: 500ms\n  - command: PING\n    expect: PONG\n',
  });
  const run = runInTerminal(['run'], { cwd, env });
  expect(await run.exitCode).toBe(0);
  expect(run.written()).not.toContain('of 1 case  ');
  expect(run.written()).not.toContain('\u001b[?25l');
  expect(run.written()).toContain('waits');
});

test('a run that is interrupted leaves the cursor and its summary', async () => {
  const cwd = folderWith({ 'scenarios/wait.yaml': 'name: waits\nsteps:\n  - wait: 60s\n' });
  const run = runInTerminal(['run'], { cwd });
  await run.until((text) => text.includes('of 1m'));
  run.type('\u0003');
  expect(await run.exitCode).toBe(130);
  expect(run.lines().join('\n')).toMatch(/interrupted by SIGINT/);
  expect(run.lines().join('\n')).not.toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏░]/);
  expect(run.written().lastIndexOf('\u001b[?25h')).toBeGreaterThan(run.written().lastIndexOf('\u001b[?25l'));
});

test('a report for programs is no more than itself at a terminal too', async () => {
  const cwd = folderWith({
    'scenarios/wait.yaml': 'name: waits\nsteps:\n  - wait: 700ms\n  - command: PING\n    expect: PONG\n',
  });
  const run = runInTerminal(['run', '--report', 'ndjson'], { cwd });
  expect(await run.exitCode).toBe(0);
  expect(run.written()).not.toContain('step.progress');
  expect(run.written()).not.toContain('\u001b');
});
