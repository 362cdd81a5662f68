import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { folderWith } from '../../support/redrill.js';
import { runInTerminal } from '../../support/terminal.js';
import { ServerRoom } from '../../targets/processes.js';

const STEPS = `name: a
steps:
  - command: SET key 1
    expect: OK
  - command: GET key
    expect: "1"
  - repeat: { times: 1, steps: [{ wait: 60s }] }
teardown:
  - command: DEL key
`;

test('commands can be edited at a terminal, and repeated; Ctrl-C ends a step that takes too long', async () => {
  await using room = new ServerRoom();
  const cwd = folderWith({ 'a.yaml': STEPS });
  const run = runInTerminal(['run', 'a.yaml', '--debug', '--report', 'ndjson=events'], {
    cwd,
    rows: 50,
    env: { TMPDIR: room.folder },
  });
  await run.until((text) => /debug> *$/.test(text));
  run.type('x\u007fn\r');
  await run.until((text) =>
    /command SET key 1 \(.*\) → "OK"[\s\S]*a\.yaml:5:5 command GET key[\s\S]*debug> *$/.test(text),
  );
  run.type('p case.id\r');
  await run.until((text) => /"a\.yaml#a"\ndebug> *$/.test(text));
  run.type('\u001b[A');
  await run.until((text) => /debug> p case\.id *$/.test(text));
  run.type('\u0015\r');
  await run.until((text) => /a\.yaml:7:5 repeat[\s\S]*debug> *$/.test(text));
  run.type('n\r');
  // The terminal is in its own mode again once the step inside has begun.
  await run.until(() => readFileSync(path.join(cwd, 'events'), 'utf8').includes('"title":"wait 60s"'));
  run.type('\u0003');
  expect(await run.exitCode).toBe(130);
  expect(run.lines().join('\n')).toContain('interrupted by SIGINT');
  await room.expectEmpty();
});

test.each([
  ['Ctrl-C', '\u0003'],
  ['Ctrl-D', '\u0004'],
])('%s at the prompt ends the run in order', async (_, key) => {
  await using room = new ServerRoom();
  const cwd = folderWith({ 'a.yaml': STEPS });
  const run = runInTerminal(['run', 'a.yaml', '--debug', '--verbose'], { cwd, rows: 50, env: { TMPDIR: room.folder } });
  await run.until((text) => /debug> *$/.test(text));
  run.type(key);
  expect(await run.exitCode).toBe(130);
  expect(run.lines().join('\n')).toMatch(/✓ command DEL key[\s\S]*ended in the debugger/);
  await room.expectEmpty();
});
