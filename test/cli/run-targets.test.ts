import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import type { RunEvent } from '../../src/contracts/event.js';
import { openConnection } from '../../src/redis/connection.js';
import { parseRedisUrl } from '../../src/redis/url.js';
import { folderWith, readReport, runRedrill, startRedrill } from '../support/redrill.js';
import { ServerRoom } from '../targets/processes.js';

const PASSES = 'name: passes\nsteps: [{ command: PING, expect: PONG }]\n';
const FAILS = 'name: fails\nsteps: [{ command: PING, expect: PING }]\n';
const DIFFERS = 'name: differs\nkeys: spread\nsteps: [{ command: MSET a 1 b 2, expect: OK }]\n';
const ON_A_CLUSTER = 'name: for clusters\nrequires: { topology: cluster }\nsteps: [{ command: PING, expect: PONG }]\n';

const LOST = 'redis://127.0.0.1:1';

/** The shared server under names of a configuration. */
const config = (...names: string[]): string =>
  `env: [PASSWORD]\ntargets:\n${names.map((name) => `  ${name}: { url: "redis://:\${{ env.PASSWORD }}@${new URL(inject('serverUrl')).host}" }\n`).join('')}`;

const env = () => ({ PASSWORD: decodeURIComponent(new URL(inject('serverUrl')).password) });

async function run(scenarios: readonly string[], args: readonly string[], names: readonly string[] = ['a', 'b']) {
  const cwd = folderWith({ 'a.yaml': scenarios.join('---\n'), 'redrill.config.yaml': config(...names) });
  const finished = await runRedrill(['run', 'a.yaml', '--report', 'pretty', '--report', 'json=r.json', ...args], {
    cwd,
    env: env(),
  });
  return { ...finished, cwd, report: () => readReport(path.join(cwd, 'r.json')) };
}

/** What each case came to on each target. */
const tableOf = ({ report }: Awaited<ReturnType<typeof run>>) => {
  const { comparison } = report();
  return {
    targets: comparison?.targets.map(({ name }) => name),
    cases: Object.fromEntries(comparison?.cases.map(({ name, verdicts }) => [name, verdicts]) ?? []),
  };
};

describe('the command of the page that runs a case again', () => {
  /** Of each case the words between its name and the seed. */
  const commands = async (...args: string[]): Promise<string[]> => {
    const { cwd } = await run([PASSES], [...args, '--report', 'html=r.html', '--report', 'ndjson=r.ndjson']);
    const page = readFileSync(path.join(cwd, 'r.html'), 'utf8');
    const found = [
      ...page.matchAll(/<p class="again"><code>redrill run a\.yaml --grep &#39;\^passes\$&#39;(.*?) --seed \d+</g),
    ];
    expect(readFileSync(path.join(cwd, 'r.ndjson'), 'utf8') + page).not.toContain('hunter2');
    const note = '<p class="note">Set REDIS_PASSWORD to the server\'s password, encoded as in a URL.</p><div';
    expect(page.includes(note)).toBe(found.some(([, words]) => words?.includes('$REDIS_PASSWORD')));
    return found.map(([, words = '']) => words.trim().replaceAll('&quot;', '"').replaceAll('&#39;', "'"));
  };

  test('names the server that --url or --target chose, and none where the configuration did', async () => {
    const url = inject('serverUrl');
    const { host } = new URL(url);
    const shown = url.includes('@') ? `--url redis://:"$REDIS_PASSWORD"@${host}` : `--url redis://${host}`;
    expect(await commands('--url', url)).toEqual([shown]);
    expect(await commands('--target', 'a')).toEqual(['--target a']);
    expect(await commands('--target', 'managed')).toEqual(['--target managed']);
    expect(await commands()).toEqual(['']);
    expect(await commands('--url', url, '--target', 'b')).toEqual([shown, '--target b']);
  });

  test('asks for the password of a URL, in a word of its own', async () => {
    const lost = ['--url', 'rediss://ada:hunter2@127.0.0.1:1/2', '--url', 'unix://:hunter2@/no such/socket'];
    expect(await commands(...lost)).toEqual([
      '--url rediss://ada:"$REDIS_PASSWORD"@127.0.0.1:1/2',
      `--url unix://:"$REDIS_PASSWORD"'@/no%20such/socket'`,
    ]);
  });
});

describe('several targets', () => {
  test('topologies of managed servers, in one report', async () => {
    const targets = ['managed', 'managed:cluster', 'managed:cluster+tls'];
    const flags = ['--report', 'junit=r.xml', ...targets.flatMap((name) => ['--target', name])];
    const finished = await run([PASSES, DIFFERS], flags);
    expect([finished.exitCode, finished.stderr]).toEqual([1, '']);
    expect(tableOf(finished)).toEqual({
      targets,
      cases: { passes: ['passed', 'passed', 'passed'], differs: ['passed', 'failed', 'failed'] },
    });
    const { comparison, target, counts } = finished.report();
    expect(comparison?.targets.map(({ topology }) => topology)).toEqual(['standalone', 'cluster', 'cluster']);
    expect([target, counts?.cases.passed, counts?.cases.failed]).toEqual([null, 4, 2]);
    const suites = readFileSync(path.join(finished.cwd, 'r.xml'), 'utf8').match(/<testsuite name="[^"]*"/g);
    expect(suites).toEqual(targets.map((name) => `<testsuite name="a.yaml on ${name}"`));
    expect(finished.stdout).toContain('2 cases in 1 file on 3 targets\n');
    expect(finished.stdout).toContain('1 of 2 cases differs between targets\n');
  });

  test('one that cannot be had says so once, and the others run', async () => {
    const finished = await run([PASSES, FAILS], ['--url', LOST, '--target', 'a']);
    expect([finished.exitCode, finished.stderr]).toEqual([1, '']);
    expect(tableOf(finished)).toEqual({
      targets: ['127.0.0.1:1', 'a'],
      cases: { passes: ['errored', 'passed'], fails: ['errored', 'failed'] },
    });
    expect(finished.stdout.match(/connection refused/g)).toHaveLength(1);
    expect(finished.stdout).toContain('! 127.0.0.1:1 could not be had: 2 cases\n');
    const passed = await run([PASSES], ['--target', 'a', '--url', LOST]);
    expect([passed.exitCode, passed.report().verdict]).toEqual([4, 'errored']);
    expect(passed.stdout).toMatch(/! Errored: 1 of 2 cases could not run \(exit code 4\)\n$/);
  });

  test('--matrix-targets: all of the configuration, after those that are named', async () => {
    const finished = await run(
      [PASSES],
      ['--matrix-targets', '--target', 'c', '--url', inject('serverUrl')],
      'abc'.split(''),
    );
    expect(finished.exitCode, finished.stderr).toBe(0);
    const { host } = new URL(inject('serverUrl'));
    expect(tableOf(finished).targets).toEqual(['c', host, 'a', 'b']);
  });

  test('one on which nothing passed proves nothing', async () => {
    const finished = await run([ON_A_CLUSTER], ['--target', 'a', '--target', 'managed:cluster']);
    expect(tableOf(finished).cases).toEqual({ 'for clusters': ['skipped', 'passed'] });
    expect(finished.stdout).toMatch(/\? Not a pass: nothing passed on a \(exit code 2\)\n$/);
    expect(finished.exitCode).toBe(2);
  });

  test('--bail ends the run, and the targets that were to come have not run', async () => {
    const finished = await run([FAILS, PASSES], ['--matrix-targets', '--bail', '--jobs', '1']);
    expect([finished.exitCode, tableOf(finished)]).toEqual([
      1,
      { targets: ['a', 'b'], cases: { fails: ['failed', null] } },
    ]);
    expect((await run([PASSES], ['--url', LOST, '--target', 'a', '--bail'])).exitCode).toBe(4);
  });

  test('the same random numbers on each, and on one alone', async () => {
    const draws =
      'name: draws\nsteps: [{ command: ["ECHO", "${{ random.int(1, 1000000) }} ${{ case.id }}"], expect: { $length: { $gt: 0 } } }]\n';
    const said = async (...args: string[]): Promise<unknown[]> =>
      (await run([draws], ['--seed', '7', ...args]))
        .report()
        .files.flatMap(({ cases }) => cases.map(({ steps }) => steps[0]?.result));
    const both = await said('--matrix-targets');
    expect(both).toHaveLength(2);
    expect(new Set([...both, ...(await said('--target', 'a'))]).size).toBe(1);
  });

  test('two that are one server have keys of their own, and leave none', async () => {
    const leaves = 'name: leaves\nsteps: [{ command: SETNX key 1, expect: 1 }]\n';
    const kept = await run([leaves], ['--matrix-targets', '--keep-keys']);
    const namespaces = kept.report().files.flatMap(({ cases }) => cases.map(({ namespace }) => namespace));
    expect([kept.exitCode, new Set(namespaces).size]).toEqual([0, 2]);
    await using redis = await openConnection(parseRedisUrl(inject('serverUrl')), { name: 'run-targets.test' });
    for (const namespace of namespaces) expect(await redis.call(['DEL', `${namespace}key`])).toBe(1);
  });

  test('--history: a file for each case and target', async () => {
    const works = `name: works
queues: { jobs: {} }
steps:
  - queue.push: { queue: jobs, count: 3 }
  - queue.work: { queue: jobs }
    expect: { completed: 3 }
`;
    const { exitCode, cwd } = await run([works], ['--matrix-targets', '--history', 'histories']);
    const files = readdirSync(path.join(cwd, 'histories'));
    expect([exitCode, files.map((name) => name.replace(/-[0-9a-f]{8}\.ndjson$/, '')).sort()]).toEqual([
      0,
      ['a.yaml-works-a', 'a.yaml-works-b'],
    ]);
    const { stdout } = await runRedrill(['verify', ...files.map((name) => `histories/${name}`)], { cwd });
    expect(stdout.match(/a\.yaml#works@[ab]$/gm)).toEqual(['a.yaml#works@a', 'a.yaml#works@b']);
  });
});

test('a run that is interrupted begins no further target, and leaves nothing', async () => {
  await using room = new ServerRoom();
  const cwd = folderWith({ 'a.yaml': 'name: waits\nsteps: [{ wait: 20s }, { command: PING, expect: PONG }]\n' });
  const args = ['run', 'a.yaml', '--target', 'managed', '--target', 'managed:tls', '--report', 'ndjson'];
  const { child, finished } = startRedrill(args, { cwd, env: { TMPDIR: room.folder } });
  let seen = '';
  child.stdout?.on('data', (text: string) => {
    if (!seen.includes('step.started') && (seen + text).includes('step.started')) child.kill('SIGINT');
    seen += text;
  });
  const { exitCode, stdout, stderr } = await finished;
  expect([exitCode, stderr]).toEqual([130, '']);
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as RunEvent); // what the reporter writes
  expect(events.flatMap((event) => (event.type === 'target.started' ? event.target.name : []))).toEqual(['managed']);
  expect(events.at(-1)).toMatchObject({ type: 'run.finished', exitCode: 130, reason: 'interrupted by SIGINT' });
});
