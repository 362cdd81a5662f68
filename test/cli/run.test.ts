import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import type { RunEvent } from '../../src/contracts/event.js';
import type { CaseReport } from '../../src/reporters/json.schema.js';
import { type Finished, folderWith, readReport, runRedrill, startRedrill } from '../support/redrill.js';

const PASSES = 'name: passes\ntags: [smoke]\nsteps: [{ command: PING, expect: PONG }]\n';
const FAILS = 'name: fails\ntags: [slow]\nsteps: [{ command: PING, expect: PING }]\n';
const UNKNOWN = 'name: proves nothing\nsteps: [{ command: PING }]\n';
const SKIPPED = 'name: is skipped\nrequires: { server: valkey >= 99 }\nsteps: [{ command: PING, expect: PONG }]\n';
const ERRORS = 'name: errors\nsteps: [{ command: PING, id: a }, { assert: [size(steps.a)] }]\n';

const url = (): string[] => ['--url', inject('serverUrl')];

/** Runs one file on the shared server. */
async function run(scenarios: string | readonly string[], ...flags: string[]): Promise<Finished & { folder: string }> {
  const folder = folderWith({ 'a.yaml': [scenarios].flat().join('---\n') });
  return { folder, ...(await runRedrill(['run', 'a.yaml', ...url(), ...flags], { cwd: folder })) };
}

async function reported(
  scenarios: string | readonly string[],
  ...flags: string[]
): Promise<{ exitCode: number | null; cases: CaseReport[] }> {
  const { exitCode, folder } = await run(scenarios, '--report', 'json=report.json', ...flags);
  return { exitCode, cases: readReport(path.join(folder, 'report.json')).files.flatMap((file) => file.cases) };
}

async function events(scenarios: string | readonly string[], ...flags: string[]): Promise<RunEvent[]> {
  const { stdout } = await run(scenarios, '--report', 'ndjson', ...flags);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as RunEvent); // what the reporter writes
}

describe('exit codes', () => {
  test.each<[string, number, readonly string[]]>([
    ['all passed', 0, [PASSES]],
    ['passed and skipped', 0, [PASSES, SKIPPED]],
    ['one failed', 1, [PASSES, FAILS, UNKNOWN, ERRORS, SKIPPED]],
    ['one unknown', 2, [PASSES, UNKNOWN]],
    ['nothing passed', 2, [SKIPPED]],
    ['one errored', 4, [PASSES, UNKNOWN, ERRORS]],
  ])('%s: %i', async (_, code, scenarios) => {
    const { exitCode, stdout, stderr } = await run(scenarios);
    expect([exitCode, stderr], stdout).toEqual([code, '']);
  });

  test('--strict: a skipped case is not a pass', async () => {
    expect((await run([PASSES, SKIPPED], '--strict')).exitCode).toBe(2);
    expect((await run([PASSES], '--strict')).exitCode).toBe(0);
  });
});

describe('mistakes of the command line', () => {
  test.each<[args: string, said: string]>([
    ['', ''],
    ['rn', "error: unknown command 'rn'\n(Did you mean run?)\n"],
    ['run --tag x', "error: unknown option '--tag'\n(Did you mean --tags?)\n"],
    ['run --jobs 0', "error: option '--jobs <n>' argument '0' is invalid. a whole number of at least 1.\n"],
    ['run --seed -1', "error: option '--seed <n>' argument '-1' is invalid. a whole number of at least 0.\n"],
    ['run --seed=', "error: option '--seed <n>' argument '' is invalid. a whole number of at least 0.\n"],
    [
      'run nowhere',
      'redrill: there is no file, folder or match for nowhere\n' +
        '  name a scenario file, a folder of them, or a glob in quotes; `redrill init` writes a first one\n',
    ],
    ['run empty', 'redrill: no case was selected\n  write a scenario: `redrill init`\n'],
    [
      'run a.yaml --tags none',
      'redrill: no case was selected\n  see `redrill list` for the names and tags that there are\n',
    ],
    ['run a.yaml --grep (', 'redrill: --grep ( is not a regular expression\n  escape what is meant literally\n'],
    ['run a.yaml --var total', 'redrill: --var total is not NAME=VALUE\n  write --var total=200\n'],
    ['run a.yaml --timeout 5', 'redrill: --timeout 5 is not a duration\n  write --timeout 90s\n'],
    ['run a.yaml --report jsn', 'redrill: there is no report "jsn"\n  did you mean "json"?\n'],
    [
      'run a.yaml --report junit=',
      'redrill: --report junit= names no file\n  write --report junit=FILE, or --report junit for the terminal\n',
    ],
    [
      'run a.yaml --report json --report junit',
      'redrill: json and junit would both go to the terminal\n  give all but one a file: --report json=report.json\n',
    ],
    [
      'run a.yaml --target managed --target managed:tls --target managed',
      'redrill: the target managed is given twice\n' +
        '  leave one out; what differs in more than its name can have another under `targets:` in redrill.config.yaml\n',
    ],
    [
      'run a.yaml --matrix-targets',
      'redrill: --matrix-targets: redrill.config.yaml names no target\n  add them under `targets:`, or name some by --target\n',
    ],
    [
      'run a.yaml --target staging',
      'redrill: there is no target "staging"\n  add it under `targets:` in redrill.config.yaml\n',
    ],
    [
      'run a.yaml --url http://localhost',
      'redrill: this is not the URL of a server: the scheme http:// is unknown\n' +
        '  accepted: redis://[user:password@]host[:port][/db], rediss:// for TLS (valkey:// and valkeys:// are the same), unix://[user:password@]/path/to/socket[?db=n]\n',
    ],
  ])('redrill %s', async (args, said) => {
    const cwd = folderWith({ 'a.yaml': PASSES, 'empty/.keep': '' });
    const { exitCode, stdout, stderr } = await runRedrill(args.split(' ').filter(Boolean), { cwd });
    expect([exitCode, stdout]).toEqual([3, '']);
    if (said === '') expect(stderr).toContain('Usage: redrill [options] [command]');
    else expect(stderr).toBe(said);
  });

  test('--help and --version are none', async () => {
    expect(await runRedrill(['--version'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
    expect(await runRedrill(['run', '--help'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('--bail'),
    });
  });
});

describe('what is run', () => {
  const names = (cases: readonly CaseReport[]): string[] => cases.map(({ name }) => name);
  const scenarios = [
    'name: first\ntags: [smoke, fast]\nsteps: [{ command: PING, expect: PONG }]\n',
    'name: second\ntags: [slow]\nmatrix: { n: [1, 2] }\nsteps: [{ command: PING, expect: PONG }]\n',
    'name: third\nsteps: [{ command: PING, expect: PONG }]\n',
  ];
  test.each<[flags: string[], names: string[]]>([
    [['--tags', 'smoke'], ['first']],
    [
      ['--tags', 'smoke,slow'],
      ['first', 'second [n=1]', 'second [n=2]'],
    ],
    [
      ['--tags', 'smoke', '--tags', 'slow', '--skip-tags', 'fast'],
      ['second [n=1]', 'second [n=2]'],
    ],
    [
      ['--skip-tags', 'slow'],
      ['first', 'third'],
    ],
    [
      ['--grep', 'n=2|THIRD'],
      ['second [n=2]', 'third'],
    ],
    [['--grep', '^a\\.yaml first$'], ['first']],
  ])('%j', async (flags, wanted) => {
    expect(names((await reported(scenarios, ...flags)).cases)).toEqual(wanted);
  });

  test('files in the order of the command line, each once', async () => {
    const cwd = folderWith({
      'b.yaml': 'name: b\nsteps: [{ command: PING, expect: PONG }]',
      'sub/a.yaml': 'name: a\nsteps: [{ command: PING, expect: PONG }]',
      'sub/c.yml': 'name: c\nsteps: [{ command: PING, expect: PONG }]',
    });
    await runRedrill(['run', 'b.yaml', 'sub/*.y{a,}ml', '.', ...url(), '--report', 'json=report.json'], { cwd });
    expect(readReport(path.join(cwd, 'report.json')).files.map(({ file }) => file)).toEqual([
      'b.yaml',
      'sub/a.yaml',
      'sub/c.yml',
    ]);
  });
});

describe('flags', () => {
  test('--bail ends the run at the first case that does not pass', async () => {
    const third = 'name: third\nsteps: [{ command: PING, expect: PONG }]\n';
    const { folder, exitCode } = await run([PASSES, FAILS, third], '--bail', '--jobs', '1', '--report', 'json=r.json');
    const report = readReport(path.join(folder, 'r.json'));
    expect(report.files.flatMap(({ cases }) => cases.map(({ name }) => name))).toEqual(['passes', 'fails']);
    expect(report.reason).toBe('the first case that did not pass ended the run (--bail)');
    expect(exitCode).toBe(1);
  });

  test('--seed gives the same random numbers again, whichever other cases run', async () => {
    const random =
      'name: random\nsteps: [{ assert: ["true"] }, { command: "ECHO ${{ random.uuid() }}", expect: { $length: 36 } }]\n';
    const uuid = async (...args: Parameters<typeof reported>): Promise<unknown> => {
      const { cases } = await reported(...args);
      return cases.find(({ name }) => name === 'random')?.steps[1]?.result;
    };
    const seven = await uuid(random, '--seed', '7');
    expect(await uuid([PASSES, random], '--seed', '7', '--jobs', '1')).toBe(seven);
    expect(await uuid(random, '--seed', '8')).not.toBe(seven);
    expect(await uuid(random)).not.toBe(await uuid(random));
  });

  test('--var sets a variable, as YAML, in the place of the one in the file', async () => {
    const scenario = `name: vars
vars: { total: 1, twice: "\${{ vars.total * 2 }}", word: none }
steps: [{ assert: ["vars.total == 200", "vars.twice == 400", "vars.word == 'a=b'", "vars.list == [1, 'x']", "vars.added == null"] }]
`;
    const given = ['total=200', 'word=a=b', 'list=[1, x]', 'added='].flatMap((text) => ['--var', text]);
    const { cases } = await reported(scenario, ...given);
    expect(cases[0]?.failure?.message).toBeUndefined();
    expect(cases[0]?.verdict).toBe('passed');
  });

  test('--jobs bounds how many cases run at once', async () => {
    const waits =
      'name: waits\nmatrix: { n: [1, 2, 3, 4, 5] }\nsteps: [{ wait: 30ms }, { command: PING, expect: PONG }]\n';
    const most = async (jobs: number): Promise<number> => {
      let [now, peak] = [0, 0];
      for (const event of await events(waits, '--jobs', String(jobs))) {
        if (event.type === 'case.started') peak = Math.max(peak, ++now);
        if (event.type === 'case.finished') now--;
      }
      return peak;
    };
    expect([await most(1), await most(3)]).toEqual([1, 3]);
  });

  test('--timeout replaces the limit of every case', async () => {
    const scenario = 'name: slow\ntimeout: 10m\nsteps: [{ command: BLPOP queue 0, timeout: 10m, expect: null }]\n';
    const { exitCode, cases } = await reported(scenario, '--timeout', '150ms');
    expect([exitCode, cases[0]?.failure?.message]).toEqual([1, 'the case took longer than its 150ms']);
  });

  test('--verbose shows every step and its result', async () => {
    const scenario = 'name: steps\nsteps: [{ command: SET a 1 }, { command: GET a, expect: "1" }]\n';
    expect((await run(scenario)).stdout).not.toContain('command GET a');
    const { stdout } = await run(scenario, '--verbose');
    expect(
      stdout
        .replace(/\d+(?:\.\d+)?ms/g, 'N ms')
        .split('\n')
        .slice(2, 6),
    ).toMatchInlineSnapshot(`
      [
        "a.yaml",
        "  ✓ steps (2 steps, N ms)",
        "    ✓ command SET a 1 (N ms) → "OK"",
        "    ✓ command GET a (N ms) → "1"",
      ]
    `);
  });
});

describe('reports', () => {
  test('several at once, in folders that are made', async () => {
    const { folder, stdout, exitCode } = await run(
      [PASSES, FAILS],
      ...[
        'json=out/r.json',
        'junit=out/junit.xml',
        'ndjson=events.ndjson',
        'pretty=out/deep/pretty.txt',
        'pretty',
      ].flatMap((text) => ['--report', text]),
    );
    const read = (name: string): string => readFileSync(path.join(folder, name), 'utf8');
    expect(exitCode).toBe(1);
    expect(readReport(path.join(folder, 'out/r.json')).counts?.cases).toMatchObject({ passed: 1, failed: 1 });
    expect(read('out/junit.xml')).toMatch(/<testsuites .*tests="2" failures="1"/);
    expect(read('events.ndjson').trim().split('\n').at(-1)).toContain('"type":"run.finished"');
    expect(read('out/deep/pretty.txt')).toContain('✗ fails');
    expect(stdout).toContain('✗ fails');
  });

  test('one that cannot be written is said, and the run goes on', async () => {
    const { stdout, stderr, exitCode } = await run(PASSES, '--report', 'json=/dev/null/report.json');
    expect(stderr).toMatchInlineSnapshot(`
      "redrill: the json report could not be written to /dev/null/report.json: EEXIST: file already exists, mkdir '/dev/null'
      "
    `);
    expect(stdout).toContain('✓ Passed: 1 case');
    expect(exitCode).toBe(4);
  });

  test('one below a folder that takes none is said, as for any other that cannot be written', async () => {
    const { stderr, exitCode } = await run(PASSES, '--report', 'html=/proc/foo/bar/x.html');
    expect([exitCode, stderr]).toEqual([
      4,
      "redrill: the html report could not be written to /proc/foo/bar/x.html: ENOENT: no such file or directory, mkdir '/proc/foo'\n",
    ]);
  });

  test('one whose disk is full is said once, and a failure stays one', async () => {
    const { stderr, exitCode } = await run([PASSES, FAILS], '--report', 'ndjson=/dev/full');
    expect(stderr).toMatchInlineSnapshot(`
      "redrill: the ndjson report could not be written to /dev/full: ENOSPC: no space left on device, write
      "
    `);
    expect(exitCode).toBe(1);
  });

  test.each(['json', 'junit', 'ctrf', 'html', 'ndjson'])('%s, of which a disk takes a part alone', (name) => {
    const cases = Array.from({ length: 40 }, (_, index) => PASSES.replace('passes', `passes ${index}`));
    const cwd = folderWith({ 'a.yaml': cases.join('---\n') });
    const script = `ulimit -f 1; exec node "${inject('program')}" run a.yaml --url ${inject('serverUrl')} --report ${name}=report`;
    const { status, stdout, stderr } = spawnSync('sh', ['-c', script], {
      cwd,
      encoding: 'utf8',
      env: { ...process.env, REDRILL_CACHE: 'off' },
    });
    expect(stderr).toBe(`redrill: the ${name} report could not be written to report: EFBIG: file too large, write\n`);
    expect(stdout).toContain('✓ Passed: 40 cases');
    expect(status).toBe(4);
  });

  test('two to one file are refused', async () => {
    const { stderr, exitCode } = await run(PASSES, '--report', 'json=report', '--report', 'html=./report');
    expect(stderr).toBe(
      'redrill: json and html would both be written to ./report\n  give each report a file of its own\n',
    );
    expect(exitCode).toBe(3);
  });

  test('text that a terminal would obey is shown as text', async () => {
    const scenario = 'name: "red \\u001b[31m"\nsteps: [{ command: "ECHO \\"\\\\x1b[2J\\"", expect: nothing }]\n';
    const { stdout } = await run(scenario);
    expect(stdout).not.toContain('\u001b');
  });

  test('a closed standard output ends nothing', async () => {
    const folder = folderWith({ 'a.yaml': PASSES });
    const { child, finished } = startRedrill(
      ['run', 'a.yaml', ...url(), '--report', 'ndjson', '--report', 'json=r.json'],
      {
        cwd: folder,
      },
    );
    child.stdout?.destroy();
    expect(await finished).toMatchObject({ exitCode: 0, stderr: '' });
    expect(readReport(path.join(folder, 'r.json')).verdict).toBe('passed');
  });

  test('a full disk below the standard output is a failure', async () => {
    const cwd = folderWith({ 'a.yaml': PASSES });
    const script = `node "${inject('program')}" run a.yaml --url ${inject('serverUrl')} > /dev/full`;
    const result = spawnSync('sh', ['-c', script], { cwd, encoding: 'utf8' });
    expect([result.status, result.stderr]).toEqual([
      4,
      'redrill: standard output could not be written: ENOSPC: no space left on device, write\n',
    ]);
  });
});
