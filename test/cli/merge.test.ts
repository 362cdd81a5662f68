import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import type { RunEvent } from '../../src/contracts/event.js';
import { type Finished, folderWith, readReport, runRedrill } from '../support/redrill.js';

// Each test starts the program several times.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

/** Variables of the server that runs these tests do not make shards of their runs. */
const env = {
  CI_NODE_INDEX: undefined,
  CI_NODE_TOTAL: undefined,
  JOB_COMPLETION_INDEX: undefined,
  CI_PIPELINE_ID: undefined,
  GITHUB_RUN_ID: undefined,
};

const run = (cwd: string, ...args: string[]): Promise<Finished> =>
  runRedrill(['run', '--url', inject('serverUrl'), ...args], { cwd, env });

const merge = (cwd: string, ...args: string[]): Promise<Finished> => runRedrill(['merge', ...args], { cwd, env });

/** Runs all shards of what a folder holds, and gives the names of their files. */
async function runShards(cwd: string, total: number, ...args: string[]): Promise<string[]> {
  const files: string[] = [];
  for (let index = 1; index <= total; index++) {
    const file = `shards/${index}.ndjson`;
    await run(cwd, '.', '--shard', `${index}/${total}`, '--report', `ndjson=${file}`, ...args);
    files.push(file);
  }
  return files;
}

const eventsOf = (cwd: string, file: string): RunEvent[] =>
  readFileSync(path.join(cwd, file), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as RunEvent); // what the reporter writes

const change = (cwd: string, file: string, edit: (text: string) => string): void =>
  writeFileSync(path.join(cwd, file), edit(readFileSync(path.join(cwd, file), 'utf8')));

const THOUSAND = Array.from({ length: 100 }, (_, index) => index);

/** A hundred cases: most pass; some fail, prove nothing or are skipped. */
const scenario = (file: number): string => `name: Numbers ${file}
tags: [n${file}]
matrix: { n: [${THOUSAND.join(', ')}] }
steps:
  - { command: [ECHO, "\${{ random.int(0, 1000000) }}"], id: drawn, expect: { $matches: "^[0-9]+$" } }
  - { command: [SET, key, "\${{ steps.drawn }}"], if: matrix.n % 10 != 3, expect: OK }
  - { command: [ECHO, "\${{ matrix.n }}"], if: matrix.n % 25 == ${file}, expect: x }
---
name: Later ${file}
requires: { server: valkey >= 99 }
steps: [{ command: PING, expect: PONG }]
---
name: Judged by nobody ${file}
steps: [{ command: PING }]
`;

/** What differs between two runs of the same cases: times, where the keys were, and which server it was. */
const TIMES = new Set(
  'startedAt finishedAt durationMs namespace atMs agoMs ttlMs bytes clients slow server'.split(' '),
);
const withoutTimes = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (key, item: unknown) => (TIMES.has(key) ? 'aside' : item));

test('four shards merged are one run, case for case', async () => {
  const files = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`${index}.yaml`, scenario(index)]));
  const cwd = folderWith(files);
  const whole = await run(
    cwd,
    '.',
    '--seed',
    '7',
    '--jobs',
    '1',
    '--report',
    'json=whole.json',
    '--report',
    'tap=whole.tap',
  );
  const shards = await runShards(cwd, 4, '--seed', '7');
  const merged = await merge(cwd, ...shards.toReversed(), '--report', 'json=merged.json', '--report', 'tap=merged.tap');
  expect(merged.stderr).toBe('');
  expect(merged.exitCode).toBe(whole.exitCode);
  const [one, four] = ['whole.json', 'merged.json'].map((file) => readReport(path.join(cwd, file)));
  expect(one?.counts?.cases).toEqual({ failed: 40, errored: 0, unknown: 10, flaky: 0, passed: 960, skipped: 10 });
  expect(withoutTimes(four)).toEqual(withoutTimes(one));
  const [first, second] = ['whole.tap', 'merged.tap'].map((file) =>
    readFileSync(path.join(cwd, file), 'utf8').replace(/duration_ms: .*/g, ''),
  );
  expect(second).toBe(first);
  // Every shard has its part, and none the same case.
  const parts = shards.map((file) => eventsOf(cwd, file).filter(({ type }) => type === 'case.finished').length);
  expect(parts).toEqual([255, 255, 255, 255]);
  expect(merged.stdout.split('\n')[0]).toBe('1,020 cases in 10 files');
});

const ONE = `name: a
steps: [{ command: PING, expect: PONG }]
`;
const THREE = `${ONE}---
name: b
steps: [{ command: PING, expect: PONG }]
---
name: c
steps: [{ command: PING, expect: PONG }]
`;

describe('files that are not the shards of one run', () => {
  /** The two shards of one run. */
  let saved: readonly [string, string];
  const cwd = folderWith({ 'a.yaml': THREE }, afterAll);
  beforeAll(async () => {
    const files = await runShards(cwd, 2, '--seed', '1');
    saved = files.map((file) => readFileSync(path.join(cwd, file), 'utf8')) as [string, string];
  });

  const folder = (first: string, second = ''): string => folderWith({ '1.ndjson': first, '2.ndjson': second });
  const edited = (pattern: string | RegExp, by: string) => () => folder(saved[0], saved[1].replace(pattern, by));

  test.each<[what: string, prepare: () => string, files: string[], message: string]>([
    [
      'a shard is missing',
      () => folder(saved[0]),
      ['1.ndjson'],
      `redrill: shard 2/2 of the run is missing
  a run without some of its cases is no pass: run redrill run --shard 2/2 --report ndjson=FILE, and merge again
`,
    ],
    [
      'several are missing',
      () => folder(saved[1].replace('"total":2', '"total":4')),
      ['1.ndjson'],
      `redrill: shards 1/4, 3/4, 4/4 of the run are missing
  a run without some of its cases is no pass: run redrill run --shard 1/4 --report ndjson=FILE, and merge again
`,
    ],
    [
      'one is there twice',
      () => folder(saved[0], saved[0]),
      ['1.ndjson', '2.ndjson'],
      `redrill: shard 1/2 is there twice: 1.ndjson and 2.ndjson
  a job that ran again leaves two: leave out the one that does not count
`,
    ],
    [
      'another number of shards',
      edited('"total":2', '"total":3'),
      ['1.ndjson', '2.ndjson'],
      `redrill: these are shards of different runs: 1.ndjson has 2 shards, and 2.ndjson 3 shards
  merge the files of one run alone: those of an earlier one may be left in the folder
`,
    ],
    [
      'other cases',
      edited('"total":2,"cases":3', '"total":2,"cases":4'),
      ['1.ndjson', '2.ndjson'],
      `redrill: these are shards of different runs: 1.ndjson has 3 cases, and 2.ndjson 4 cases
  give all shards the same scenarios, --tags, --skip-tags and --grep
`,
    ],
    [
      'another seed',
      edited('"seed":1,', '"seed":2,'),
      ['1.ndjson', '2.ndjson'],
      `redrill: these are shards of different runs: 1.ndjson has the seed 1, and 2.ndjson the seed 2
  merge the files of one run alone: those of an earlier one may be left in the folder; or give all shards the same --seed
`,
    ],
    [
      'another version',
      edited(/"redrill":"[^"]*"/, '"redrill":"9.1.0"'),
      ['2.ndjson', '1.ndjson'],
      `redrill: these are shards of different runs: 2.ndjson has redrill 9.1.0, and 1.ndjson redrill VERSION
  run all shards with the same version
`,
    ],
    [
      'another kind of server',
      () => {
        const at = (text: string, version: string) =>
          text.replace(/"engine":"\w+","version":"[^"]*"/, `"engine":"redis","version":"${version}"`);
        return folder(at(saved[0], '6.2.0'), at(saved[1], '7.2.0'));
      },
      ['1.ndjson', '2.ndjson'],
      `redrill: these are shards of different runs: 1.ndjson has redis 6.2.0 standalone (url), and 2.ndjson redis 7.2.0 standalone (url)
  run all shards on the same kind of server; for several, name each by --target
`,
    ],
    [
      'one on several targets',
      edited(
        /"target":\{[^}]*\}/,
        '"targets":[{"name":"a","kind":"url","address":"a"},{"name":"b","kind":"url","address":"b"}]',
      ),
      ['1.ndjson', '2.ndjson'],
      `redrill: these are shards of different runs: 1.ndjson has one target, and 2.ndjson the targets a, b
  give all shards the same targets
`,
    ],
    [
      'one is --strict',
      edited('"shard":', '"strict":true,"shard":'),
      ['1.ndjson', '2.ndjson'],
      `redrill: these are shards of different runs: 1.ndjson has no --strict, and 2.ndjson --strict
  give it to all shards, or to none
`,
    ],
    [
      'one is a whole run',
      () => folder(saved[0].replace(/,"shard":\{[^}]*\}/, '')),
      ['1.ndjson'],
      `redrill: 1.ndjson is a run of its own and no shard
  render it by redrill report 1.ndjson; a shard is saved by redrill run --shard 1/4 --report ndjson=FILE
`,
    ],
    [
      'one was killed',
      () => folder(saved[0], saved[1].slice(0, saved[1].lastIndexOf('{"type":"run.finished"'))),
      ['1.ndjson', '2.ndjson'],
      `redrill: 2.ndjson ends before its run did: shard 2/2 was killed, or still runs
  run it again: redrill run --shard 2/2 --report ndjson=2.ndjson
`,
    ],
    [
      'one has no beginning',
      () => folder(saved[0], saved[1].slice(saved[1].indexOf('\n') + 1)),
      ['1.ndjson', '2.ndjson'],
      `redrill: 2.ndjson does not begin with the start of a run
  the file is not as its run wrote it: get it anew, or run again with --report ndjson=FILE
`,
    ],
    [
      'one is not there',
      () => folder(saved[0]),
      ['1.ndjson', '3.ndjson'],
      `redrill: 3.ndjson cannot be read: there is no such file
  name a file that \`redrill run --report ndjson=FILE\` wrote
`,
    ],
  ])('%s', async (_, prepare, files, message) => {
    const { exitCode, stdout, stderr } = await merge(prepare(), ...files);
    const version = /"redrill":"([^"]*)"/.exec(saved[0])![1]!;
    expect([exitCode, stdout, stderr]).toEqual([3, '', message.replace('VERSION', version)]);
  });

  test('the cases were divided otherwise', async () => {
    const cwd = folderWith({
      'a.yaml': THREE,
      'd.json': '{"a.yaml#a":1,"a.yaml#b":500,"a.yaml#c":500}',
      '1.ndjson': saved[0],
    });
    await run(cwd, '.', '--shard', '2/2', '--seed', '1', '--durations', 'd.json', '--report', 'ndjson=2.ndjson');
    const { exitCode, stderr } = await merge(cwd, '1.ndjson', '2.ndjson');
    expect(exitCode).toBe(3);
    expect(stderr.replace(/plan [\w-]{16}/g, 'plan …')).toBe(
      `redrill: these are shards of different runs: 1.ndjson has the plan …, and 2.ndjson the plan …
  give all shards the same scenarios and the same durations: a file that every job has, not one that they change
`,
    );
  });
});

describe('what the shards come to together', () => {
  const SKIPPED = 'name: is skipped\nrequires: { server: valkey >= 99 }\nsteps: [{ command: PING, expect: PONG }]\n';

  test('a shard without cases is no failure, and never opens its server', async () => {
    const cwd = folderWith({ 'a.yaml': THREE });
    const args = ['run', '.', '--shard', '4/4', '--url', 'redis://127.0.0.1:1', '--report', 'junit=empty.xml'];
    const { exitCode, stdout, stderr } = await runRedrill(args, { cwd, env });
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout.replace(/Seed .*/, 'Seed …').replace(/Duration .*/, 'Duration …')).toMatchInlineSnapshot(`
      "shard 4/4 of 3 cases: 0 cases in 1 file

        Cases       none
        Steps       none
        Judgements  0
        Duration …
        Target      127.0.0.1:1 (url)
        Shard       4/4 of 3 cases
        Seed …

      ○ Nothing to run: shard 4/4 has none of the 3 cases
      "
    `);
    const merged = await merge(cwd, ...(await runShards(cwd, 4)));
    expect([merged.exitCode, merged.stderr]).toEqual([0, '']);
    expect(merged.stdout).toContain('✓ Passed: 3 cases\n');
    expect(merged.stdout).not.toContain('shard 4/4');
  });

  test('skipped cases are let through where others passed, but for --strict', async () => {
    const cwd = folderWith({ 'a.yaml': `${ONE}---\n${SKIPPED}` });
    expect((await run(cwd, '.', '--shard', '2/2')).exitCode).toBe(2);
    expect((await merge(cwd, ...(await runShards(cwd, 2)))).exitCode).toBe(0);
    const { exitCode, stdout } = await merge(cwd, ...(await runShards(cwd, 2, '--strict')));
    expect(exitCode).toBe(2);
    expect(stdout).toContain('? Not a pass: 1 of 2 cases skipped, and none may be');
  });

  test('a server that one shard could not reach is an error of the run', async () => {
    const cwd = folderWith({ 'a.yaml': THREE });
    const [first] = await runShards(cwd, 2);
    const lost = ['run', '.', '--shard', '2/2', '--url', 'redis://127.0.0.1:1', '--report', 'ndjson=shards/2.ndjson'];
    expect((await runRedrill(lost, { cwd, env })).exitCode).toBe(4);
    const { exitCode, stdout } = await merge(cwd, first!, 'shards/2.ndjson');
    expect(exitCode).toBe(4);
    expect(stdout).toContain('Cases       2 passed, 1 not run (3)');
    expect(stdout).toContain('! Errored: shard 2/2: ');
  });

  test('targets are compared over all shards', async () => {
    const cwd = folderWith({ 'a.yaml': `${THREE}---\n${SKIPPED}` });
    const both = ['--url', inject('serverUrl').replace('127.0.0.1', 'localhost')];
    const whole = await run(cwd, '.', ...both, '--seed', '3', '--jobs', '1', '--report', 'json=whole.json');
    const merged = await merge(
      cwd,
      ...(await runShards(cwd, 2, ...both, '--seed', '3')),
      '--report',
      'json=merged.json',
    );
    expect([merged.exitCode, merged.stderr]).toEqual([whole.exitCode, '']);
    const [one, four] = ['whole.json', 'merged.json'].map((file) => readReport(path.join(cwd, file)));
    expect(withoutTimes(four)).toEqual(withoutTimes(one));
  });

  test('a flaky case is one in the merged run, with its attempts', async () => {
    const cwd = folderWith({ 'a.yaml': THREE.replace('PONG', 'PING') });
    const files = await runShards(cwd, 2, '--retry', '2');
    const { exitCode, stdout } = await merge(cwd, ...files);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('✗ a (3 attempts, ');
  });

  test('a report that cannot be written is no pass', async () => {
    const cwd = folderWith({ 'a.yaml': THREE, file: '' });
    const { exitCode, stderr } = await merge(cwd, ...(await runShards(cwd, 1)), '--report', 'json=file/report.json');
    expect(exitCode).toBe(4);
    expect(stderr).toContain('redrill: the json report could not be written to ');
  });

  test('a shard that a signal ended is no whole run', async () => {
    const cwd = folderWith({ 'a.yaml': THREE });
    const files = await runShards(cwd, 2);
    change(cwd, files[1]!, (text) =>
      text.replace(
        /"verdict":"passed","exitCode":0(.*)}\n$/,
        '"verdict":"errored","exitCode":143$1,"reason":"ended by SIGTERM"}\n',
      ),
    );
    const { exitCode, stdout } = await merge(cwd, ...files);
    expect(exitCode).toBe(143);
    expect(stdout).toContain('Interrupted: shard 2/2: ended by SIGTERM');
  });
});

describe('the part that a run takes', () => {
  test('is said where the environment decided it', async () => {
    const cwd = folderWith({ 'a.yaml': THREE });
    const gitlab = { ...env, GITLAB_CI: 'true', CI_JOB_NAME: 'test 2/3', CI_NODE_INDEX: '2', CI_NODE_TOTAL: '3' };
    const { exitCode, stdout, stderr } = await runRedrill(['run', '.', '--url', inject('serverUrl')], {
      cwd,
      env: gitlab,
    });
    expect([exitCode, stderr]).toEqual([
      0,
      'redrill: shard 2/3, by CI_NODE_INDEX and CI_NODE_TOTAL; --shard 1/1 runs all cases\n',
    ]);
    expect(stdout.split('\n')[0]).toBe('shard 2/3 of 3 cases: 1 case in 1 file');
    expect(stdout).toContain('  Shard       2/3 of 3 cases\n');
  });

  test('goes by durations that an earlier run reported', async () => {
    const slow = THREE.replace('steps: [', 'steps: [{ wait: 120ms }, ');
    const cwd = folderWith({ 'a.yaml': slow });
    await run(cwd, '.', '--report', 'durations=redrill.durations.json');
    const durations = JSON.parse(readFileSync(path.join(cwd, 'redrill.durations.json'), 'utf8'));
    expect(Object.keys(durations)).toEqual(['a.yaml#a', 'a.yaml#b', 'a.yaml#c']);
    expect(durations['a.yaml#a']).toBeGreaterThanOrEqual(120);
    const files = await runShards(cwd, 2);
    const names = files.map((file) =>
      eventsOf(cwd, file).flatMap((event) => (event.type === 'case.started' ? event.case.name : [])),
    );
    expect(names.map((list) => list.toSorted())).toEqual([['a'], ['b', 'c']]);
  });

  test.each([
    ['[1]', 'd.json holds no durations of cases\n  write it by redrill run --report durations=d.json\n'],
    ['{"a":"1s"}', 'd.json holds no durations of cases\n  write it by redrill run --report durations=d.json\n'],
    ['{', 'd.json holds no durations of cases\n  write it by redrill run --report durations=d.json\n'],
  ])('does not go by %s', async (text, message) => {
    const cwd = folderWith({ 'a.yaml': THREE, 'd.json': text });
    const { exitCode, stderr } = await run(cwd, '.', '--shard', '1/2', '--durations', 'd.json');
    expect([exitCode, stderr]).toEqual([3, `redrill: ${message}`]);
  });

  test('is a part all the same where there are no durations yet', async () => {
    const cwd = folderWith({ 'a.yaml': THREE });
    const { exitCode, stderr } = await run(cwd, '.', '--shard', '1/2', '--durations', 'd.json');
    expect([exitCode, stderr]).toEqual([0, 'redrill: there is no d.json: the cases are split by number alone\n']);
  });

  test('is refused where there is no such part', async () => {
    const cwd = folderWith({ 'a.yaml': THREE });
    const { exitCode, stdout, stderr } = await run(cwd, '.', '--shard', '5/4');
    expect([exitCode, stdout, stderr]).toEqual([
      3,
      '',
      'redrill: --shard 5/4: there is no such shard\n  they go from 1/4 to 4/4: write --shard 1/4\n',
    ]);
  });
});
