import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { folderWith, readReport, runRedrill, startRedrill } from '../support/redrill.js';
import { ServerRoom } from '../targets/processes.js';

const url = (): string[] => ['--url', inject('serverUrl')];

const WORKER = `name: a worker
requires: { programs: [[sh, -c, exit 0]] }
steps:
  - command: PING
  - id: worker
    process.start: { run: [sh, -c, "echo up; exec sleep 60"], ready: { output: ^up$ } }
  - process.signal: { process: worker, signal: KILL }
    expect: { sent: true }
  - process.start: { run: [sh, -c, exit 3], ready: { output: up } }
    expectError: { code: PROGRAM, message: { $matches: ended with exit code 3 before it was ready } }
`;
const HARMLESS = 'name: harmless\nsteps: [{ command: PING, expect: PONG }]\n';

describe('programs', () => {
  test('are not run where nobody allowed it, and nothing else is either', async () => {
    const cwd = folderWith({ 'a.yaml': WORKER.replace(/requires.*\n/, ''), 'b.yaml': HARMLESS });
    const { exitCode, stdout, stderr } = await runRedrill(['run', 'a.yaml', 'b.yaml', ...url()], { cwd });
    expect([exitCode, stdout]).toEqual([3, '']);
    expect(stderr).toMatchInlineSnapshot(`
      "a.yaml:5:5 process.start runs a program, and this run does not allow that
        3 |   - command: PING
        4 |   - id: worker
      > 5 |     process.start: { run: [sh, -c, "echo up; exec sleep 60"], ready: { output: ^up$ } }
          |     ^^^^^^^^^^^^^
        6 |   - process.signal: { process: worker, signal: KILL }
        7 |     expect: { sent: true }
        if you trust the file, add --allow-run, or \`allow: [run]\` in redrill.config.yaml

      1 problem in 1 file; nothing was run
      "
    `);
    expect((await runRedrill(['validate', 'a.yaml'], { cwd })).exitCode).toBe(0);
    expect((await runRedrill(['run', 'a.yaml', 'b.yaml', ...url(), '--grep', 'harmless'], { cwd })).exitCode).toBe(0);
  });

  test('are told of where they are included, and once for each place', async () => {
    const cwd = folderWith({
      'a.yaml': 'name: a\nmatrix: { n: [1, 2] }\nsteps: [{ include: { file: _start.yaml } }]\n',
      '_start.yaml': '- process.start: { run: [sleep, 60] }\n- process.start: { run: [sleep, 60] }\n',
      'b.yaml': `name: b\nrequires: { programs: [[python3, --version]] }\nsteps: [{ command: PING, expect: PONG }]\n`,
    });
    const { stderr } = await runRedrill(['run', 'a.yaml', 'b.yaml', ...url()], { cwd });
    expect(stderr.match(/^\S+:\d+:\d+ .*$/gm)).toEqual([
      '_start.yaml:1:3 process.start runs a program, and this run does not allow that',
      'b.yaml:2:13 requires.programs runs a program, and this run does not allow that',
    ]);
  });

  test('are run where the command line or the configuration allows it', async () => {
    const cwd = folderWith({ 'a.yaml': WORKER });
    const allowed = await runRedrill(['run', 'a.yaml', ...url(), '--allow-run'], { cwd });
    expect([allowed.exitCode, allowed.stderr], allowed.stdout).toEqual([0, '']);
    const configured = folderWith({ 'a.yaml': WORKER, 'redrill.config.yaml': 'allow: [run]\n' });
    expect((await runRedrill(['run', 'a.yaml', ...url()], { cwd: configured })).exitCode).toBe(0);
    const misspelt = folderWith({ 'a.yaml': WORKER, 'redrill.config.yaml': 'allow: [runs]\n' });
    const { exitCode, stderr } = await runRedrill(['run', 'a.yaml', ...url()], { cwd: misspelt });
    expect([exitCode, stderr.split('\n')[0]]).toEqual([3, expect.stringContaining('redrill.config.yaml:1:9')]);
  });

  test('that a case needs and this machine lacks: the case is skipped', async () => {
    const scenario = (name: string, command: string) =>
      `name: ${name}\nrequires: { programs: [[sh, -c, exit 0], ${command}] }\nsteps: [{ command: PING, expect: PONG }]\n`;
    const cwd = folderWith({
      'a.yaml': [
        scenario('fails', '[sh, -c, "echo one; echo two; exit 3"]'),
        scenario('absent', '[no-such-program, --version]'),
        scenario('there', '[test, -f, a.yaml]'),
      ].join('---\n'),
    });
    await runRedrill(['run', 'a.yaml', ...url(), '--allow-run', '--report', 'json=r.json'], { cwd });
    const cases = readReport(path.join(cwd, 'r.json')).files.flatMap(({ cases }) => cases);
    expect(cases.map(({ name, verdict, reason }) => [name, verdict, reason])).toEqual([
      ['fails', 'skipped', 'needs sh -c "echo one; echo two; exit 3" to succeed, and it ended with exit code 3: two'],
      ['absent', 'skipped', 'needs no-such-program --version to succeed, and there is no no-such-program'],
      ['there', 'passed', undefined],
    ]);
  });

  test('have their output in the report of a failure, without secrets', async () => {
    const { password } = new URL(inject('serverUrl'));
    const cwd = folderWith({
      'redrill.config.yaml': 'env: [API_TOKEN]\n',
      'a.yaml': `name: a
steps:
  - id: worker
    process.start:
      run: [sh, -c, 'echo "connected to $REDIS_URL as $API_TOKEN"; exec sleep 60']
      env: { REDIS_URL: "\${{ target.url }}" }
      ready: { output: connected }
  - inspect: worker
    expect: { running: false }
---
name: b
steps:
  - process.start:
      run: [sh, -c, 'echo "no connection to $REDIS_URL as $API_TOKEN"; exit 1']
      env: { REDIS_URL: "\${{ target.url }}" }
      ready: { output: connected$ }
`,
    });
    const reports = ['--report', 'pretty', '--report', 'json=r.json', '--report', 'ndjson=r.ndjson'];
    const { stdout } = await runRedrill(['run', 'a.yaml', ...url(), '--allow-run', ...reports], {
      cwd,
      env: { API_TOKEN: 'open-sesame' },
    });
    const written = stdout + execFileSync('cat', ['r.json', 'r.ndjson'], { cwd, encoding: 'utf8' });
    for (const secret of ['open-sesame', password]) expect(written).not.toContain(secret);
    expect(stdout).toMatch(/\n {6}output\n {6}connected to redis:\/\/:\*\*\*@127.0.0.1:\d+ as \*\*\*\n/);
    expect(stdout).toMatch(/the end of its output:\n.* no connection to redis:\/\/:\*\*\*@127.0.0.1:\d+ as \*\*\*\n/);
  });

  test('reach a server that wants TLS and a certificate of theirs', async () => {
    const cwd = folderWith({
      'redrill.config.yaml': 'targets: { a: { managed: { tls: true, config: { tls-auth-clients: true } } } }\n',
      'ping.mjs': `import { readFileSync } from 'node:fs';
import { connect } from 'node:tls';
const { REDIS_URL, REDIS_TLS_CERT, REDIS_TLS_KEY } = process.env;
const { hostname: host, port, password } = new URL(REDIS_URL);
const socket = connect({ host, port, cert: readFileSync(REDIS_TLS_CERT), key: readFileSync(REDIS_TLS_KEY) });
socket.write('AUTH ' + password + '\\r\\nPING\\r\\n');
socket.pipe(process.stdout);
`,
      'a.yaml': `name: a
steps:
  - process.start: { run: [node, ping.mjs], env: { REDIS_URL: "\${{ target.url }}" }, ready: { output: PONG } }
    expect: { output: { $contains: PONG } }
`,
    });
    const { exitCode, stdout } = await runRedrill(['run', 'a.yaml', '--target', 'a', '--allow-run'], { cwd });
    expect(exitCode, stdout).toBe(0);
  });

  test('are those that ship', async () => {
    const cwd = path.resolve(import.meta.dirname, '../..');
    const report = path.join(folderWith(), 'r.json');
    const args = ['run', 'scenarios/programs.yaml', '--allow-run', '--report', `json=${report}`];
    const { exitCode, stdout, stderr } = await runRedrill(args, { cwd });
    expect([exitCode, stderr], stdout).toEqual([0, '']);
    for (const { name, verdict, reason } of readReport(report).files.flatMap(({ cases }) => cases)) {
      if (name.includes('node')) expect(verdict).toBe('passed');
      else expect([verdict, reason ?? 'ok']).toEqual([expect.stringMatching('passed|skipped'), expect.any(String)]);
    }
  });
});

/** Marks processes, so that the room knows them; a shell, what it waits for, and what nobody waits for. */
const family = (room: ServerRoom): string => `
name: a family
steps:
  - process.start:
      run: [sh, -c, "trap '' INT HUP; sleep 60 & (sleep 60 & exec sleep 60) & echo up; wait", ${room.folder}/redrill-x]
      ready: { output: ^up$ }
      restart: always
      grace: 500ms
  - process.start: { run: [sh, -c, "echo up; kill -STOP 0; sleep 60", ${room.folder}/redrill-y], ready: { output: ^up$ } }
  - command: SET begun 1
  - wait: 30s
`;

describe('a run that is interrupted leaves no program', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGKILL', null],
  ] as const)('%s', async (signal, code) => {
    await using room = new ServerRoom();
    const cwd = folderWith({ 'a.yaml': family(room) });
    const args = ['run', 'a.yaml', '--allow-run', '--target', 'managed:standalone+tls', '--report', 'ndjson'];
    const { child, finished } = startRedrill(args, { cwd, env: { TMPDIR: room.folder } });
    let seen = '';
    child.stdout?.on('data', (text: string) => {
      seen += text;
      if (seen.includes('"title":"wait 30s"') && !child.killed) {
        // The two shells, what the first has started, and the server.
        expect(room.processes().length).toBeGreaterThanOrEqual(6);
        // Of the server, and of what each program trusts.
        expect(room.folders()).toHaveLength(3);
        child.kill(signal);
      }
    });
    expect((await finished).exitCode).toBe(code);
    expect(child.signalCode).toBe(code === null ? signal : null);
    await room.expectEmpty();
  });

  test('a second Ctrl-C', async () => {
    await using room = new ServerRoom();
    const script = "trap '' INT TERM; echo up; while :; do sleep 0.1; done";
    const cwd = folderWith({
      'a.yaml': `name: stubborn
steps:
  - process.start: { run: [sh, -c, "${script}", ${room.folder}/redrill-x], ready: { output: ^up$ }, grace: 30s }
  - wait: 30s
`,
    });
    const args = ['run', 'a.yaml', '--allow-run', '--report', 'ndjson'];
    const { child, finished } = startRedrill(args, { cwd, env: { TMPDIR: room.folder } });
    let seen = '';
    child.stdout?.on('data', (text: string) => {
      if (!seen.includes('"title":"wait 30s"') && text.includes('"title":"wait 30s"')) {
        child.kill('SIGINT');
        setTimeout(() => child.kill('SIGINT'), 100);
      }
      seen += text;
    });
    expect((await finished).exitCode).toBe(130);
    await room.expectEmpty();
  });

  test('the time limit of the case, and an error of a plugin', async () => {
    await using room = new ServerRoom();
    const run = `[sh, -c, "sleep 60 & echo up; wait", ${room.folder}/redrill-x]`;
    const cwd = folderWith({
      'redrill.config.yaml': 'plugins: [crash.mjs]\n',
      'crash.mjs': `export const now = { name: 'crash.now', input: { type: 'object' }, result: { type: 'object' },
  run() { setTimeout(() => { throw new Error('thrown by a timer'); }); return new Promise(() => {}); } };`,
      'limit.yaml': `name: limit\ntimeout: 500ms\nsteps: [{ process.start: { run: ${run} } }, { command: BLPOP a 0, timeout: 1m }]\n`,
      'crash.yaml': `name: crash\nsteps: [{ process.start: { run: ${run} } }, { crash.now: {} }]\n`,
    });
    const options = { cwd, env: { TMPDIR: room.folder } };
    const limit = await runRedrill(['run', 'limit.yaml', '--allow-run'], options);
    expect(limit.exitCode, limit.stdout).toBe(1);
    expect((await runRedrill(['run', 'crash.yaml', '--allow-run'], options)).exitCode).toBe(70);
    await room.expectEmpty();
  });
});
