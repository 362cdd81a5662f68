import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
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
  ['one line of another file', '{"a":1}', 'empty.ndjson:1 is no event of a run'],
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

describe('a saved run that is damaged', () => {
  const cwd = folderWith({ 'a.yaml': SCENARIOS }, afterAll);
  let lines: readonly string[];
  beforeAll(async () => {
    const args = ['run', 'a.yaml', '--jobs', '1', '--url', inject('serverUrl'), '--report', 'ndjson=run.ndjson'];
    await runRedrill(args, { cwd });
    lines = readFileSync(path.join(cwd, 'run.ndjson'), 'utf8').trimEnd().split('\n');
  });

  const DAMAGED = 'the file is not as its run wrote it: get it anew, or run again with --report ndjson=FILE';
  const without = (type: string, name: string) => (all: readonly string[]) =>
    all.filter((line) => !(line.includes(`"type":"${type}"`) && line.includes(`"a.yaml#${name}"`)));
  /** In the first event of that type. */
  const edited = (type: string, from: string | RegExp, to: string) => (all: readonly string[]) => {
    const at = all.findIndex((line) => line.includes(`"type":"${type}"`));
    const line = all[at]!.replace(from, to);
    expect(line).not.toBe(all[at]);
    return all.with(at, line);
  };

  test.each<[what: string, damage: (all: readonly string[]) => readonly string[], message: string, next?: string]>([
    [
      'a step without its name',
      edited('step.finished', /"step":.*?"background":false\},/, ''),
      ':4: `step` of this step.finished is missing',
    ],
    [
      'a verdict that is none',
      edited('case.finished', '"verdict":"passed"', '"verdict":"ok"'),
      ':5: `verdict` of this case.finished is "ok", and must be "failed", "errored", "unknown", "flaky", "passed" or "skipped"',
    ],
    [
      'a number in place of a text',
      edited('case.started', /"name":"[^"]*"/, '"name":5'),
      ':2: `case.name` of this case.started is 5, and must be a text',
    ],
    [
      'a text in place of a number',
      edited('step.started', /"line":\d+/, '"line":"3"'),
      ':3: `step.location.line` of this step.started is "3", and must be a whole number from 1 on',
    ],
    [
      'a list that holds something else',
      edited('case.started', '"tags":[]', '"tags":["a",null]'),
      ':2: `tags[1]` of this case.started is null, and must be a text',
    ],
    [
      'a time that is none',
      edited('run.started', /"time":\d+/, '"time":1e300'),
      ':1: `time` of this run.started is 1e+300, and must be a number of milliseconds',
    ],
    [
      'a run without its format',
      edited('run.started', '"format":1', '"format":"1"'),
      ':1: `format` of this run.started is "1", and must be 1',
    ],
    [
      'a count without a verdict',
      edited('run.finished', '"unknown":1,', ''),
      ':16: `cases.unknown` of this run.finished is missing',
    ],
    ['a line of something else', (all) => all.with(3, '{"type":"step.lost"}'), ':4 is no event of a run'],
    ['a line that was cut off, and no last one', (all) => all.with(3, all[3]!.slice(0, 40)), ':4 is no event of a run'],
    ['no beginning', (all) => all.slice(1), ' does not begin with the start of a run'],
    [
      'an end of a case that is lost',
      without('case.finished', 'fails'),
      ':15: the run ends, and a.yaml#fails, which began in line 6, did not: lines are lost',
    ],
    [
      'a start of a case that is lost',
      without('case.started', 'fails'),
      ':9: a.yaml#fails ends here and began nowhere: lines are lost',
    ],
    [
      'a whole case that is lost',
      (all) => all.filter((line) => !line.includes('"a.yaml#fails"')),
      ':11: the run ended with 1 failed case, and this file has 0: lines are lost',
    ],
    [
      'a step that is lost',
      without('step.finished', 'fails'),
      ':15: the run ended with 1 failed step, and this file has 0: lines are lost',
    ],
    [
      'fewer judgements',
      edited('case.finished', '"judgements":1', '"judgements":0'),
      ':16: the run ended with 2 judgements, and this file has 1: lines are lost',
    ],
    ['events after its end', (all) => [...all, all[1]!], ':17: an event after the end of its run'],
    [
      'another run in the same file',
      (all) => [`\uFEFF${all[0]}`, ...all.slice(1), ...all],
      ':17: a run begins here, after the events of another',
      'render one at a time: split the file before this line',
    ],
  ])('%s', async (_, damage, message, next = DAMAGED) => {
    writeFileSync(path.join(cwd, 'damaged.ndjson'), `${damage(lines).join('\n')}\n`);
    expect(await runRedrill(['report', 'damaged.ndjson'], { cwd })).toEqual({
      exitCode: 3,
      stdout: '',
      stderr: `redrill: damaged.ndjson${message}\n  ${next}\n`,
    });
  });

  test('is no shard to merge either', async () => {
    const args = ['run', 'a.yaml', '--shard', '1/1', '--url', inject('serverUrl'), '--report', 'ndjson=shard.ndjson'];
    await runRedrill(args, { cwd });
    const file = path.join(cwd, 'shard.ndjson');
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('"verdict":"failed"', '"verdict":"bad"'));
    const { exitCode, stdout, stderr } = await runRedrill(['merge', 'shard.ndjson'], { cwd });
    expect([exitCode, stdout]).toEqual([3, '']);
    expect(stderr).toMatch(/^redrill: shard\.ndjson:\d+: `verdict` of this step\.finished is "bad", and must be /);
  });
});
