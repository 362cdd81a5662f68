import { expect, test } from 'vitest';
import type { RunEvent } from '../../src/contracts/event.js';
import { folderWith, startRedrill } from '../support/redrill.js';
import { startTestServer } from '../support/server.js';

const SCENARIO = `name: goes on without its server
steps:
  - command: SET a 1
    expect: OK
  - command: BLPOP never 30
    timeout: 40s
    expect: null
---
name: begins without it
steps:
  - cache.get: { key: a }
    timeout: 300ms
    expect: { hit: true }
`;

test('a case whose server dies tells of its own failure, not of its clean-up', async () => {
  await using server = await startTestServer();
  const cwd = folderWith({ 'a.yaml': SCENARIO });
  const { child, finished } = startRedrill(
    ['run', 'a.yaml', '--jobs', '1', '--url', server.url, '--report', 'ndjson'],
    { cwd },
  );
  let text = '';
  let killed: Promise<void> | undefined;
  child.stdout?.on('data', (part: string) => {
    text += part;
    if (text.includes('"title":"command BLPOP never 30"')) killed ??= server.nodes?.[0]?.kill();
  });
  const { exitCode, stdout } = await finished;
  await killed;
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as RunEvent); // what the reporter writes
  const [ended, next] = events.flatMap((event) => (event.type === 'case.finished' ? [event] : []));
  expect(ended?.failure?.step?.title).toBe('command BLPOP never 30');
  expect(ended?.verdict).toBe('errored');
  expect(next).toMatchObject({
    verdict: 'errored',
    failure: {
      code: 'CONNECTION',
      message: expect.stringMatching(/ was not sent: there was no connection for \d+ms: cannot connect to /),
      next: 'see whether the server still answers: `redrill doctor` says what stands in the way',
    },
  });
  expect(exitCode).toBe(4);
  // That keys may be left there is told of the run.
  expect(events.at(-1)).toMatchObject({
    type: 'run.finished',
    reason: expect.stringContaining('may be left on the server'),
  });
}, 90_000);

test('keys that could not be removed are told of a case that passed until then', async () => {
  const cwd = folderWith({
    'a.yaml': 'name: a\nsteps:\n  - { command: SET a b, expect: OK }\n  - wait: 300ms\n',
  });
  await using server = await startTestServer();
  const { child, finished } = startRedrill(['run', 'a.yaml', '--url', server.url, '--report', 'ndjson'], { cwd });
  let text = '';
  let killed: Promise<void> | undefined;
  child.stdout?.on('data', (part: string) => {
    text += part;
    if (text.includes('"title":"wait')) killed ??= server.nodes?.[0]?.kill();
  });
  const { exitCode, stdout } = await finished;
  await killed;
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as RunEvent); // what the reporter writes
  expect(events.find((event) => event.type === 'case.finished')).toMatchObject({
    verdict: 'errored',
    failure: {
      code: 'CONNECTION',
      message: expect.stringMatching(/^the keys of the case could not be removed: UNLINK was not sent: /),
      next: 'see whether the server still answers: `redrill doctor` says what stands in the way',
    },
  });
  expect(exitCode).toBe(4);
}, 90_000);
