import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, inject, test } from 'vitest';
import { reporters } from '../../src/builtins.js';
import { folderWith, runRedrill } from '../support/redrill.js';

const SCENARIOS = `name: passes
steps:
  - command: PING
    expect: PONG
---
name: fails
steps:
  - command: PING
    expect: PING
---
name: proves nothing
steps:
  - command: PING
`;

test('a saved run is rendered again, to the byte, by every reporter that writes a file', async () => {
  const cwd = folderWith({ 'a.yaml': SCENARIOS });
  const names = reporters.map(({ name }) => name);
  const asked = names.flatMap((name) => ['--report', `${name}=run.${name}`]);
  const ran = await runRedrill(['run', 'a.yaml', '--url', inject('serverUrl'), ...asked], { cwd });
  expect(ran.exitCode).toBe(1);
  const again = names.flatMap((name) => ['--report', `${name}=again.${name}`]);
  const rendered = await runRedrill(['report', 'run.ndjson', ...again], { cwd });
  expect([rendered.exitCode, rendered.stderr]).toEqual([0, '']);
  for (const name of names) {
    const [first, second] = ['run', 'again'].map((base) => readFileSync(path.join(cwd, `${base}.${name}`), 'utf8'));
    expect(second).toBe(first);
    expect(first).not.toBe('');
  }
  expect(rendered.stdout).toBe(ran.stdout);
});

test('on GitHub files are named from the top of the repository, and the summary is added to what is there', async () => {
  const workspace = folderWith({ 'summary.md': '# An earlier command\n' });
  const cwd = path.join(workspace, 'services/orders');
  mkdirSync(cwd, { recursive: true });
  writeFileSync(path.join(cwd, 'a.yaml'), SCENARIOS);
  const env = { GITHUB_WORKSPACE: workspace, GITHUB_STEP_SUMMARY: path.join(workspace, 'summary.md') };
  // One at a time, so that they end in the order of the file.
  const args = ['run', 'a.yaml', '--jobs', '1', '--url', inject('serverUrl'), '--report', 'github'];
  const { exitCode, stdout } = await runRedrill(args, { cwd, env });
  expect(exitCode).toBe(1);
  expect(stdout).toContain('✗ Failed: 1 of 3 cases gave a wrong answer');
  expect(stdout.split('\n').filter((line) => line.startsWith('::'))).toEqual([
    '::error file=services/orders/a.yaml,line=9,endLine=9,col=13,endColumn=16,title=failed%3A fails::command PING: the result is not as expected',
    '::error file=services/orders/a.yaml,line=11,endLine=11,col=7,endColumn=20,title=unknown%3A proves nothing::nothing judged this case: add an `expect` or an `assert` to a step',
  ]);
  const summary = readFileSync(env.GITHUB_STEP_SUMMARY, 'utf8');
  expect(summary.startsWith('# An earlier command\n## ✗ Failed: 1 of 3 cases gave a wrong answer\n')).toBe(true);
  expect(summary).toContain('| `a.yaml` | 1 | 1 | 1 |');
});

test('a summary that cannot be written is said, and is no pass', async () => {
  const cwd = folderWith({ 'a.yaml': SCENARIOS });
  const env = { GITHUB_WORKSPACE: cwd, GITHUB_STEP_SUMMARY: path.join(cwd, 'gone/summary.md') };
  const { exitCode, stderr } = await runRedrill(
    ['run', 'a.yaml', '--grep', 'passes', '--url', inject('serverUrl'), '--report', 'github'],
    { cwd, env },
  );
  expect(exitCode).toBe(4);
  expect(stderr).toContain('redrill: the github report could not be written: ENOENT');
});

test.each([
  ['nothing', '', 'empty.ndjson holds no event of a run'],
  ['another file', '{"a":1}\n{"b":2}\n', 'empty.ndjson:1 is no event of a run'],
  [
    'another format',
    '{"type":"run.started","format":2,"redrill":"9.0.0"}\n',
    'empty.ndjson was written in format 2, and this version reads format 1\n  render it with redrill 9.0.0',
  ],
  [
    'a run without its format',
    '{"type":"run.started","format":"1"}\n{"type":"run.finished"}\n',
    'empty.ndjson:1 is no event of a run',
  ],
  [
    'a file of two runs',
    '\uFEFF{"type":"run.started","format":1}\n{"type":"run.finished"}\n{"type":"run.started","format":1}\n',
    'empty.ndjson:3: a run begins here, after the events of another\n  render one at a time: split the file before this line',
  ],
])('%s is no saved run', async (_, text, message) => {
  const cwd = folderWith({ 'empty.ndjson': text });
  const { exitCode, stderr } = await runRedrill(['report', 'empty.ndjson'], { cwd });
  expect(exitCode).toBe(3);
  expect(stderr).toContain(`redrill: ${message}`);
});

test('a file that is not there, a folder, and one whose end was cut off', async () => {
  const cwd = folderWith({ 'a.yaml': SCENARIOS });
  const { stderr } = await runRedrill(['report', '.'], { cwd });
  expect(stderr).toContain('redrill: . cannot be read: it is a folder\n');
  expect(await runRedrill(['report', 'no.ndjson'], { cwd })).toMatchObject({
    exitCode: 3,
    stderr:
      'redrill: no.ndjson cannot be read: there is no such file\n  name a file that `redrill run --report ndjson=FILE` wrote\n',
  });
  await runRedrill(['run', 'a.yaml', '--url', inject('serverUrl'), '--report', 'ndjson=run.ndjson'], { cwd });
  const text = readFileSync(path.join(cwd, 'run.ndjson'), 'utf8');
  writeFileSync(path.join(cwd, 'run.ndjson'), text.slice(0, -20));
  const { exitCode, stdout } = await runRedrill(['report', 'run.ndjson'], { cwd });
  expect(exitCode).toBe(0);
  expect(stdout).toContain('? The run did not finish.');
});
