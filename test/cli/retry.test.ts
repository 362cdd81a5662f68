import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, inject, onTestFinished, test, vi } from 'vitest';
import type { RunEvent } from '../../src/contracts/event.js';
import { openConnection } from '../../src/redis/connection.js';
import { parseRedisUrl } from '../../src/redis/url.js';
import { folderWith, readReport, runRedrill } from '../support/redrill.js';

// Each test starts the program several times.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const PASSES = 'name: passes\nsteps: [{ command: PING, expect: PONG }]\n';
const FAILS = 'name: fails\nsteps: [{ command: PING, expect: PING }]\n';

/** Fails until it has run so often; the counter is a key that no case owns. */
const settles = (attempts: number, name = 'settles'): string => {
  const counter = `redrill-test-${randomUUID()}`;
  onTestFinished(() => removeKey(counter));
  return `name: ${name}
keys: literal
steps:
  - { command: [INCR, ${counter}], id: run }
  - { command: PING, expect: PONG }
  - assert: [steps.run >= ${attempts}]
`;
};

async function removeKey(key: string): Promise<void> {
  await using connection = await openConnection(parseRedisUrl(inject('serverUrl')), { name: 'retry.test' });
  await connection.call(['DEL', key]);
}

async function run(scenarios: readonly string[], ...flags: string[]) {
  const cwd = folderWith({ 'a.yaml': scenarios.join('---\n') });
  const args = ['run', 'a.yaml', '--url', inject('serverUrl'), '--report', 'ndjson=run.ndjson', ...flags];
  const finished = await runRedrill(args, { cwd });
  const lines = readFileSync(path.join(cwd, 'run.ndjson'), 'utf8').trim().split('\n');
  const events = lines.map((line) => JSON.parse(line) as RunEvent); // what the reporter writes
  return { ...finished, cwd, events };
}

const verdictsOf = (events: readonly RunEvent[]): Record<string, string> =>
  Object.fromEntries(
    events.flatMap((event) => (event.type === 'case.finished' ? [[event.case.name, event.verdict]] : [])),
  );

test('a case that passes when it runs again is flaky, and no failure', async () => {
  const { exitCode, stdout, events } = await run([PASSES, settles(3)], '--retry', '2');
  expect(exitCode, stdout).toBe(0);
  expect(verdictsOf(events)).toEqual({ passes: 'passed', settles: 'flaky' });
  expect(stdout).toContain('attempt 1: failed');
  expect(stdout).toContain('attempt 3: passed');
  expect(stdout).toContain('~ Passed, but flaky: 1 of 2 cases passed only when run again');
});

test('--strict: a flaky case is not a pass', async () => {
  const { exitCode, stdout } = await run([PASSES, settles(2)], '--retry', '1', '--strict');
  expect(exitCode).toBe(2);
  expect(stdout).toContain('? Not a pass: 1 of 2 cases flaky, and none may be (exit code 2)');
});

test('one flaky case alone is a pass', async () => {
  expect((await run([settles(2)], '--retry', '1')).exitCode).toBe(0);
});

test('a case runs again no more often than that', async () => {
  const { exitCode, events } = await run([FAILS], '--retry', '2');
  expect(exitCode).toBe(1);
  expect(events.filter(({ type }) => type === 'case.started')).toHaveLength(3);
});

test('each attempt has a namespace of its own and the same random numbers', async () => {
  const scenario =
    'name: draws\nsteps:\n  - { set: { drawn: "${{ random.int(0, 1000000000) }}" } }\n' +
    '  - { command: [SET, key, "${{ vars.drawn }}", GET], expect: nothing }\n' +
    '  - { command: [GET, key], expect: nothing }\n';
  const { cwd } = await run([scenario], '--retry', '2', '--report', 'json=report.json', '--var', 'drawn=0');
  const [{ attempts = [], steps }] = readReport(path.join(cwd, 'report.json')).files.flatMap(({ cases }) => cases) as [
    ReturnType<typeof readReport>['files'][number]['cases'][number],
  ];
  expect(attempts).toHaveLength(3);
  expect(new Set(attempts.map(({ namespace }) => namespace)).size).toBe(3);
  // Nothing of the attempt before is left, so SET … GET finds no value.
  const titles = [...attempts.slice(0, -1).map((attempt) => attempt.steps), steps].map((list) => list?.[1]?.title);
  expect(new Set(titles).size).toBe(1);
  expect(attempts.map(({ failure }) => failure?.mismatches?.[0]?.actual)).toEqual([null, null, null]);
});

test('--bail waits for the last attempt', async () => {
  const flaky = await run([settles(2), PASSES], '--retry', '1', '--bail', '--jobs', '1');
  expect([flaky.exitCode, verdictsOf(flaky.events)]).toEqual([0, { settles: 'flaky', passes: 'passed' }]);
  const failing = await run([FAILS, PASSES], '--retry', '1', '--bail', '--jobs', '1');
  expect([failing.exitCode, verdictsOf(failing.events)]).toEqual([1, { fails: 'failed' }]);
});

test('every attempt keeps its history', async () => {
  const scenario = settles(2).replace('steps:', 'steps:\n  - queue.push: { queue: q, count: 1 }');
  const { cwd } = await run([scenario], '--retry', '1', '--history', 'histories');
  const folder = path.join(cwd, 'histories');
  const names = readdirSync(folder).map((name) => name.replace(/-[0-9a-f]{8}\.ndjson$/, ''));
  expect(names.toSorted()).toEqual(['a.yaml-settles', 'a.yaml-settles-attempt-2']);
  const verdicts = readdirSync(folder).map((name) => {
    const [header, ...lines] = readFileSync(path.join(folder, name), 'utf8').trim().split('\n');
    return [JSON.parse(header!).attempt ?? 1, JSON.parse(lines.at(-1)!).verdict];
  });
  expect(verdicts.toSorted()).toEqual([
    [1, 'failed'],
    [2, 'passed'],
  ]);
  const { stderr } = await runRedrill(['verify', ...readdirSync(folder).map((name) => path.join(folder, name))]);
  expect(stderr).toBe('');
});

test('on several targets a case is retried on each', async () => {
  const { exitCode, stdout, events } = await run(
    [settles(2)],
    '--retry',
    '1',
    ...['--url', inject('serverUrl').replace('127.0.0.1', 'localhost')],
  );
  expect(exitCode, stdout).toBe(0);
  const verdicts = events.flatMap((event) => (event.type === 'case.finished' ? event.verdict : []));
  expect(verdicts).toEqual(['flaky', 'passed']);
});
