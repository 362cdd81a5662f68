import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, inject, test } from 'vitest';
import type { VerifiedHistory } from '../../src/engine/verify.js';
import { folderWith, runRedrill, startRedrill } from '../support/redrill.js';

const queue = (work: string, verify: string): string => `name: Orders are delivered
queues: { orders: { delivery: at-least-once, visibility: 200ms } }
steps:
  - queue.push: { queue: orders, count: 20 }
    id: push
  - queue.work: { queue: orders, ${work} }
    id: work
  - verify.delivery: { queue: orders${verify} }
    id: verify
`;
const HOLDS = queue('workers: 2', ', guarantee: at-least-once');
const FAILS = queue('handler: { faults: [{ crash: { every: 10 } }] }', ', guarantee: at-most-once');
const UNASKED = `${queue('workers: 2', '')}    expect: { lost: 0 }\n`;

/** Runs one scenario with --history, and gives the file. */
async function save(scenario: string, exitCode = 0): Promise<{ readonly folder: string; readonly file: string }> {
  const folder = folderWith({ 'a.yaml': scenario });
  const args = ['run', 'a.yaml', '--url', inject('serverUrl'), '--seed', '7', '--history', 'saved/here'];
  const finished = await runRedrill(args, { cwd: folder });
  expect(finished, finished.stdout).toMatchObject({ exitCode, stderr: '' });
  const files = readdirSync(path.join(folder, 'saved/here'));
  expect(files).toEqual(['a.yaml-Orders-are-delivered-f0acdbf2.ndjson']);
  return { folder, file: path.join('saved/here', files[0]!) };
}

const verify = async (folder: string, ...args: string[]) => runRedrill(['verify', ...args], { cwd: folder });

describe('a saved history', () => {
  test('that holds passes again, without a server', async () => {
    const { folder, file } = await save(HOLDS);
    const { stdout, ...rest } = await verify(folder, file);
    expect(rest).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout.replace(/redrill \S+,/, 'redrill VERSION,')).toMatchInlineSnapshot(`
      "saved/here/a.yaml-Orders-are-delivered-f0acdbf2.ndjson
        a.yaml#Orders are delivered
        82 events, passed when it ran (redrill VERSION, seed 7, target url)
        ✓ verify: at-least-once passed
            lost 0, unexpected 0, discarded 0, early 0
        · verify: total-queue: attempted 20, acknowledged 20, delivered 20, completed 20
        · verify: lease-overlap: leases 20

      ✓ Passed: 1 check in 1 history
      "
    `);
  });

  test('that does not hold fails again, with the same reasons', async () => {
    const { folder, file } = await save(FAILS, 1);
    const { stdout, exitCode } = await verify(folder, file, '--json');
    expect(exitCode).toBe(1);
    const { histories } = JSON.parse(stdout) as { histories: VerifiedHistory[] }; // what it prints
    const [history] = histories;
    expect(history).toMatchObject({
      file,
      caseVerdict: 'failed',
      verdict: 'failed',
      header: { seed: 7, file: 'a.yaml' },
    });
    const lines = readFileSync(path.join(folder, file), 'utf8').split('\n');
    const check = JSON.parse(lines.find((line) => line.startsWith('{"type":"check"'))!); // there is one
    expect(history!.checks.map(({ report }) => report)).toEqual(check.reports);
    expect(history!.checks.filter(({ judged }) => judged)).toMatchObject([
      { step: 'verify', checker: 'at-most-once', report: { verdict: 'failed' } },
    ]);
  });

  test('in which nothing was asked is unknown, until it is asked', async () => {
    const { folder, file } = await save(UNASKED);
    const unasked = await verify(folder, file);
    expect(unasked.exitCode).toBe(2);
    expect(unasked.stdout).toContain(
      '? Unknown, so not a pass: nothing was checked in 1 of 1 history (add a verify step, or ask with --guarantee)\n',
    );
    const asked = await verify(folder, file, '--guarantee', 'at-least-once', '--queue', 'orders');
    expect(asked.stdout).toContain('  ✓ asked now: at-least-once passed\n');
    expect(asked).toMatchObject({ exitCode: 0, stderr: '' });
    expect((await verify(folder, file, '--guarantee', 'at-least-once', '--queue', 'others')).exitCode).toBe(2);
  });

  test('is judged by the last try of a step that polls', async () => {
    const polled = `${queue('workers: 1, handler: { takes: 10ms }', ', guarantee: at-least-once')}    within: 10s
    expect: { completed: 20 }
`.replace('id: work', 'background: true');
    const { folder, file } = await save(polled);
    const text = readFileSync(path.join(folder, file), 'utf8');
    // It was not done at the first try, or this proves nothing.
    expect(text.match(/"operation":"look"/g)!.length).toBeGreaterThan(2);
    expect(text.match(/^{"type":"check"/gm)).toHaveLength(1);
    expect((await verify(folder, file)).exitCode).toBe(0);
  });

  test('that was altered is told, and judged as it is now', async () => {
    const { folder, file } = await save(HOLDS);
    const full = path.join(folder, file);
    writeFileSync(full, readFileSync(full, 'utf8').replace(/"complete"(.*"message":"push-3")/, '"crash"$1'));
    const { stdout, exitCode } = await verify(folder, file);
    expect(stdout).toContain(
      '! the run said passed (lost 0, unexpected 0, discarded 0, early 0): the checker changed since, or the file was altered\n',
    );
    expect(stdout).toContain('✗ verify: at-least-once failed\n');
    expect(exitCode).toBe(1);
  });

  test('that is truncated is no pass', async () => {
    const { folder, file } = await save(HOLDS);
    const full = path.join(folder, file);
    writeFileSync(full, readFileSync(full, 'utf8').slice(0, -10));
    const { stdout, exitCode } = await verify(folder, file);
    expect(exitCode).toBe(2);
    expect(stdout).toMatch(
      /\n {2}\? truncated \(line \d+ is cut off, and left out\): what followed is not known, so this is no pass\n/,
    );
    expect(stdout).toMatch(/\n\? Unknown, so not a pass: 1 of 1 history truncated\n$/);
  });

  test('is one of several: the worst counts, and one that is none of all', async () => {
    const holds = await save(HOLDS);
    const fails = await save(FAILS, 1);
    const both = [path.join(holds.folder, holds.file), path.join(fails.folder, fails.file)];
    const worst = await verify(holds.folder, ...both);
    expect(worst.exitCode).toBe(1);
    expect(worst.stdout).toMatch(/\n✗ Failed: 1 of 2 checks in 2 histories\n$/);
    const none = await verify(holds.folder, 'a.yaml', ...both);
    expect(none).toEqual({
      exitCode: 3,
      stdout: worst.stdout,
      stderr: 'redrill: a.yaml:1 is no saved history\n  give a file that `redrill run --history FOLDER` wrote\n',
    });
  });
});

test('an interrupted run saves what happened', async () => {
  const folder = folderWith({ 'a.yaml': queue('workers: 2', '').replace(/ {2}- verify.*/s, '  - wait: 1m\n') });
  const args = ['run', 'a.yaml', '--url', inject('serverUrl'), '--history', 'saved', '--report', 'ndjson'];
  const { child, finished } = startRedrill(args, { cwd: folder });
  let output = '';
  child.stdout?.on('data', (text: string) => {
    output += text;
  });
  const deadline = Date.now() + 20_000;
  while (!/step.started.*"action":"wait"/.test(output) && Date.now() < deadline) await sleep(10);
  child.kill('SIGINT');
  expect((await finished).exitCode).toBe(130);
  const [file, ...others] = readdirSync(path.join(folder, 'saved'));
  expect(others).toEqual([]);
  const { stdout } = await verify(folder, path.join('saved', file!), '--json');
  // Invoked, pushed, delivered and completed.
  expect(JSON.parse(stdout)).toMatchObject({ histories: [{ caseVerdict: 'errored', events: 80 }] });
});

test('secrets are in no history', async () => {
  const folder = folderWith({
    'a.yaml': `name: a
steps:
  - queue.push: { queue: orders, messages: ["one \${{ env.TOKEN }}", two] }
    expect: { acknowledged: 2 }
`,
    'redrill.config.yaml': 'env: [TOKEN]\n',
  });
  const args = ['run', 'a.yaml', '--url', inject('serverUrl'), '--history', 'saved'];
  expect(await runRedrill(args, { cwd: folder, env: { TOKEN: 'open-sesame' } })).toMatchObject({ exitCode: 0 });
  const [file] = readdirSync(path.join(folder, 'saved'));
  const text = readFileSync(path.join(folder, 'saved', file!), 'utf8');
  expect(text).not.toContain('open-sesame');
  expect(text).toContain('"body":"one ***"');
});

test.each<[scenario: string, exitCode: number]>([
  ['name: a\nsteps: [{ command: PING, expect: PONG }]\n', 4],
  ['name: a\nsteps: [{ command: PING, expect: PING }]\n', 1],
])('one that cannot be written is told and is no pass (%#)', async (scenario, exitCode) => {
  const folder = folderWith({ 'a.yaml': scenario, taken: '' });
  const args = ['run', 'a.yaml', '--url', inject('serverUrl'), '--history', 'taken'];
  const finished = await runRedrill(args, { cwd: folder });
  expect([finished.exitCode, finished.stderr]).toEqual([
    exitCode,
    "redrill: the history of a.yaml#a could not be written: EEXIST: file already exists, mkdir 'taken'\n",
  ]);
});

test('a folder that cannot be made is told once for all cases', async () => {
  const cases = ['a', 'b'].map((name) => `name: ${name}\nsteps: [{ command: PING, expect: PONG }]\n`);
  const cwd = folderWith({ 'a.yaml': cases.join('---\n') });
  const args = ['run', 'a.yaml', '--jobs', '1', '--url', inject('serverUrl'), '--history', '/proc/foo/bar'];
  const { exitCode, stderr } = await runRedrill(args, { cwd });
  expect([exitCode, stderr]).toEqual([
    4,
    "redrill: the history of a.yaml#a could not be written: ENOENT: no such file or directory, mkdir '/proc/foo'\n",
  ]);
});

describe('mistakes of the command line', () => {
  test.each<[args: string, said: string]>([
    ['', "error: missing required argument 'files'\n"],
    [
      'nowhere',
      "redrill: the history nowhere cannot be read: ENOENT: no such file or directory, open 'nowhere'\n" +
        '  give a file that `redrill run --history FOLDER` wrote\n',
    ],
    [
      'a --guarantee at-least-once',
      'redrill: --guarantee and --queue belong together\n  write --guarantee at-least-once --queue NAME\n',
    ],
    [
      'a --queue orders',
      'redrill: --guarantee and --queue belong together\n  write --guarantee at-least-once --queue NAME\n',
    ],
    [
      'a --guarantee at-last-once --queue orders',
      'redrill: there is no guarantee "at-last-once"\n  did you mean "at-least-once"?\n',
    ],
    [
      'a --guarantee fifo --queue orders',
      'redrill: there is no guarantee "fifo"\n  known: at-most-once, at-least-once, exactly-once-effect\n',
    ],
  ])('verify %s', async (args, stderr) => {
    const finished = await verify(folderWith(), ...args.split(' ').filter(Boolean));
    expect(finished).toEqual({ exitCode: 3, stdout: '', stderr });
  });
});
