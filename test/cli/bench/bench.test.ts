import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { READY_LOADS } from '../../../src/cli/bench/loads.js';
import type { BenchRecord } from '../../../src/cli/bench/record.js';
import type { Connection } from '../../../src/contracts/redis.js';
import type { Target } from '../../../src/contracts/target.js';
import { openConnection } from '../../../src/redis/connection.js';
import { parseRedisUrl } from '../../../src/redis/url.js';
import { type Finished, folderWith, runRedrill, startRedrill } from '../../support/redrill.js';
import { startTestServer } from '../../support/server.js';

let server: Target;
let redis: Connection;
beforeAll(async () => {
  server = await startTestServer();
  redis = await openConnection(parseRedisUrl(server.url), { name: 'bench.test' });
});
beforeEach(async () => {
  await redis.call(['FLUSHALL']);
  await redis.call(['CONFIG', 'RESETSTAT']);
});
afterAll(async () => {
  await redis[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const bench = (...args: string[]): Promise<Finished> => runRedrill(['bench', ...args], { cwd: folderWith() });
/** On the server of this file, few operations of few keys. */
const few = (...args: string[]): Promise<Finished> =>
  bench('--url', server.url, '--count', '400', '--keys', '50', '--seed', '7', ...args);

const recordOf = ({ exitCode, stdout, stderr }: Finished, expected = 0): BenchRecord => {
  expect([exitCode, stderr]).toEqual([expected, '']);
  return JSON.parse(stdout) as BenchRecord; // what --json prints
};

/** What is measured differs each time, and so do the widths of columns. */
const masked = (text: string): string =>
  text
    .replaceAll(server.address, 'HOST')
    .replace(/redis \d+\.\d+\.\d+/g, 'redis V')
    .replace(/ {2,}[\d.,]+(?:\/s|µs|%)?(?= |$)/gm, '  #')
    .replace(/(?<=\S) {2,}/g, '  ');

async function callsOf(command: string): Promise<number> {
  const text = String(await redis.call(['INFO', 'commandstats']));
  return Number(new RegExp(`^cmdstat_${command}:calls=(\\d+)`, 'm').exec(text)?.[1] ?? 0);
}

describe('ready loads', () => {
  test('set and get are what is sent when nothing is said', async () => {
    const { exitCode, stdout, stderr } = await few();
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(masked(stdout)).toMatchInlineSnapshot(`
      "redis V standalone at HOST (url)
      50 clients, pipeline 1, values of 64B, 50 keys, uniform, 400 operations; seed 7

           throughput  errors  p50  p90  p99  p99.9  max  mean  server cpu  in server
      set  #  #  #  #  #  #  #  #  #  #
      get  #  #  #  #  #  #  #  #  #  #

      Latencies in milliseconds, until the reply; in a closed loop few of them show a pause of the server (see --rate).
      "
    `);
    // What get looks for is filled in before: 50 keys by one SET each.
    expect(await callsOf('set')).toBeGreaterThanOrEqual(400 + 50);
    expect(await callsOf('get')).toBe(400);
    expect(await redis.call(['DBSIZE'])).toBe(0);
  });

  test('each of them is answered without an error on a cluster', async () => {
    const record = recordOf(
      await bench(...READY_LOADS, '--target', 'managed:cluster', '--count', '200', '--keys', '20', '--json'),
    );
    expect(record.targets[0]).toMatchObject({ name: 'managed:cluster', topology: 'cluster' });
    expect(record.runs.map(({ load }) => load)).toEqual(READY_LOADS);
    for (const { result, verdict } of record.runs) {
      expect(result).toMatchObject({ operations: 200, errors: 0, unknown: 0 });
      expect(result?.commands.reduce((nulls, row) => nulls + row.nulls, 0)).toBe(0);
      expect(verdict).toBe('passed');
    }
  });

  test('a time, after a warm-up that is not counted', async () => {
    const { runs } = recordOf(
      await bench('incr', '--url', server.url, '--for', '200ms', '--warmup', '100ms', '--clients', '2', '--json'),
    );
    const { operations, duration } = runs[0]!.result!;
    expect(operations).toBeGreaterThan(0);
    expect(await callsOf('incr')).toBeGreaterThan(operations);
    expect(duration).toBeGreaterThan(150);
  });

  test('mixed by weight', async () => {
    const { runs } = recordOf(await few('--mix', 'get=3,set', '--count', '2000', '--json'));
    const [get, set] = runs[0]!.result!.commands;
    expect([runs.length, runs[0]!.load, get!.command]).toEqual([1, 'mix', 'GET key:${{ key }}']);
    expect(get!.operations / (get!.operations + set!.operations)).toBeCloseTo(0.75, 1);
    expect(get!.nulls).toBe(0);
  });

  test('the same operations with the same seed', async () => {
    const sent = async () => recordOf(await few('--mix', 'get,set', '--json')).runs[0]!.result!.commands[0]!.operations;
    expect(await sent()).toBe(await sent());
  });
});

describe('commands of the command line', () => {
  test('are mixed, keys filled before, beside ready loads by themselves', async () => {
    const { exitCode, stdout, stderr } = await few(
      ...['ping', '--fill', 'HSET user:{key} name {value}', '--command', 'HGET user:{key} name', '--weight', '4'],
      ...['--command', 'HSET "user:{key}" visits ${{ index * 2 }}', '--command', 'GET nothing', '--pipeline', '8'],
    );
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(masked(stdout)).toMatchInlineSnapshot(`
      "redis V standalone at HOST (url)
      50 clients, pipeline 8, values of 64B, 50 keys, uniform, 400 operations; seed 7

                                                 throughput  errors  nil  p50  p90  p99  p99.9  max  mean  server cpu  in server
      ping  #  #  #  #  #  #  #  #  #  #
      mix  #  #  #  #  #  #  #  #  #  #
        HGET user:{key} name  #  #  #  #  #  #  #  #  #
        HSET user:{key} visits \${{ index * 2 }}  #  #  #  #  #  #  #  #  #
        GET nothing  #  #  #  #  #  #  #  #  #  #

      Latencies in milliseconds, until the reply; in a closed loop few of them show a pause of the server (see --rate).
      "
    `);
    expect(await redis.call(['DBSIZE'])).toBe(0);
  });

  test('error replies are a failure, unless they are allowed', async () => {
    const commands = ['--command', 'LPUSH list {value}', '--command', 'GET list'];
    const failed = await few(...commands);
    expect([failed.exitCode, failed.stderr]).toEqual([1, '']);
    expect(failed.stdout.trimEnd().split('\n').at(-1)).toMatch(
      /^✗ mix: (\d+) errors \(WRONGTYPE \1\), of 400 operations$/,
    );
    expect((await few(...commands, '--allow-errors', '90%')).exitCode).toBe(0);
  });

  test('what must not be sent to a server that others use', async () => {
    const { exitCode, stdout, stderr } = await few('--command', 'FLUSHALL');
    expect([exitCode, stdout]).toEqual([3, '']);
    expect(stderr).toMatchInlineSnapshot(`
      "redrill: FLUSHALL acts on the whole server, and this one was not started for the run
      "
    `);
    expect(recordOf(await bench('--command', 'FLUSHALL', '--count', '5', '--json')).exitCode).toBe(0);
  });

  test('a command that cannot be filled in', async () => {
    const { exitCode, stdout, stderr } = await few('--command', 'GET user:${{ nokey }}');
    expect([exitCode, stdout]).toEqual([3, '']);
    expect(stderr).toMatchInlineSnapshot(`
      "bench.yaml:7:33 unknown name "nokey"
        5 |   - load:
        6 |       mix:
      > 7 |         - command: GET user:\${{ nokey }}
          |                                 ^^^^^
        8 |           weight: 1
        9 |       keys:
        in scope here: vars, matrix, env, steps, case, target, random, index, key, value

      1 problem in 1 file; nothing was run
      "
    `);
  });

  test('secrets are in no output', async () => {
    const password = decodeURIComponent(new URL(server.url).password);
    expect(password.length).toBeGreaterThan(8);
    const cwd = folderWith();
    const args = ['--command', `SET {key} ${password}`, '--command', `ECHO ${password}`, '--save', 'b.json'];
    const few = ['--url', server.url, '--count', '50', '--keys', '9'];
    const { exitCode, stdout, stderr } = await runRedrill(['bench', ...few, ...args], { cwd });
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toContain('SET {key} ***');
    expect(stdout + readFileSync(path.join(cwd, 'b.json'), 'utf8')).not.toContain(password);
  });
});

describe('an open loop', () => {
  test('shows how late the generator was', async () => {
    const finished = await few('set', '--rate', '500', '--arrival', 'poisson', '--json');
    const { runs, targets } = JSON.parse(finished.stdout) as BenchRecord; // what --json prints
    expect(targets[0]?.settings).toMatchObject({ rates: [500], arrival: 'poisson', count: 400 });
    expect(runs[0]).toMatchObject({ rate: 500, result: { operations: 400, lag: { p99: expect.any(Number) } } });
    // A machine that is busy with other things may not hold it.
    expect(finished.exitCode).toBe(runs[0]!.verdict === 'passed' ? 0 : 2);
  });

  test('a rate that is not held is no result', async () => {
    const { exitCode, stdout } = await bench('set', '--url', server.url, '--rate', '50000000/s', '--for', '300ms');
    expect([exitCode, stdout.split('\n').at(-2)]).toEqual([2, expect.stringMatching(/^\? set at 50,000,000\/s: /)]);
  });
});

describe('a sweep', () => {
  test('goes up until a rate is not held, and says where', async () => {
    const args = ['set', '--url', server.url, '--sweep', 'rate=200..20000000', '--steps', '3', '--for', '300ms'];
    const cwd = folderWith();
    const { exitCode, stdout, stderr } = await runRedrill(['bench', ...args, '--save', 's.json'], { cwd });
    expect(stderr).toBe('');
    const record = JSON.parse(readFileSync(path.join(cwd, 's.json'), 'utf8')) as BenchRecord; // what --save wrote
    const rates = record.runs.map(({ rate }) => rate);
    expect(rates).toEqual([200, 63_200, 20_000_000].slice(0, rates.length));
    const [sweep] = record.sweeps;
    // Whether a busy machine holds the others is its own affair; the last one none does.
    expect(sweep).toMatchObject({ load: 'set', notHeld: rates.at(-1), held: rates.at(-2) ?? null });
    expect(exitCode).toBe(rates.length > 1 ? 0 : 2);
    expect(stdout).toContain(rates.length > 1 ? ' ← knee\n' : 'not even 200/s was held\n');
  });
});

describe('two targets', () => {
  test('in turn, the first of each round being the last of the one before', async () => {
    const cwd = folderWith();
    const args = [
      'ping',
      'incr',
      '--compare',
      server.url,
      server.url,
      '--rounds',
      '6',
      '--count',
      '100',
      '--keys',
      '10',
    ];
    const { exitCode, stdout, stderr } = await runRedrill(['bench', ...args, '--save', 'c.json'], { cwd });
    expect([exitCode, stderr]).toEqual([0, '']);
    const { runs, comparisons } = JSON.parse(readFileSync(path.join(cwd, 'c.json'), 'utf8')) as BenchRecord; // what --save wrote
    const order = [0, 1, 1, 0];
    const expected = ['ping', 'incr'].flatMap((load) =>
      Array.from({ length: 12 }, (_, index) => [load, 1 + Math.floor(index / 2), order[index % 4]]),
    );
    expect(runs.map(({ load, round, target }) => [load, round, target])).toEqual(expected);
    expect(comparisons).toHaveLength(8);
    for (const { estimate, interval, rounds } of comparisons) {
      expect(rounds).toEqual([6, 6]);
      expect(interval![0]).toBeLessThanOrEqual(estimate);
      expect(interval![1]).toBeGreaterThanOrEqual(estimate);
    }
    expect(stdout).toMatch(/^ping +A +B +B \/ A +95% interval$/m);
    expect(await callsOf('incr')).toBe(1_200);
    expect(await redis.call(['DBSIZE'])).toBe(0);
  });

  test('one that cannot be reached', async () => {
    const { exitCode, stdout, stderr } = await bench('ping', '--compare', server.url, 'redis://127.0.0.1:1');
    expect([exitCode, stdout]).toEqual([4, '']);
    expect(stderr).toMatchInlineSnapshot(`
      "redrill: cannot connect to 127.0.0.1:1: connection refused: no server listens there
        start the server, or correct the address
      "
    `);
  });
});

test('--print gives the scenario, which a run takes', async () => {
  const cwd = folderWith();
  const args = ['get', '--command', 'SET user:{key} {value}', '--rate', '500/s', '--count', '100', '--keys', '10'];
  const { exitCode, stdout } = await runRedrill(['bench', ...args, '--distribution', 'zipfian', '--print'], { cwd });
  expect(exitCode).toBe(0);
  expect(stdout).toMatchInlineSnapshot(`
    "name: get at 500/s
    keys: spread
    timeout: 24h
    setup:
      - load:
          mix:
            - command: SET key:\${{ key }} \${{ value }}
          keys:
            count: 10
            distribution: sequential
          size: 64B
          clients: 10
          pipeline: 100
          count: 10
        timeout: 24h
        expect:
          errors: 0
          unknown: 0
    steps:
      - load:
          mix:
            - command: GET key:\${{ key }}
              weight: 1
          keys:
            count: 10
            distribution: zipfian
          size: 64B
          clients: 50
          pipeline: 1
          rate: 500/s
          arrival: constant
          count: 100
        timeout: 24h
    ---
    name: mix at 500/s
    keys: spread
    timeout: 24h
    steps:
      - load:
          mix:
            - command: SET user:\${{ key }} \${{ value }}
              weight: 1
          keys:
            count: 10
            distribution: zipfian
          size: 64B
          clients: 50
          pipeline: 1
          rate: 500/s
          arrival: constant
          count: 100
        timeout: 24h
    "
  `);
  const { stdout: valid } = await runRedrill(['validate', '.'], { cwd: folderWith({ 'load.yaml': stdout }) });
  expect(valid).toContain('2 cases');
});

test('Ctrl-C ends it at once, and leaves no key', async () => {
  const { child, finished } = startRedrill(['bench', 'set', '--url', server.url, '--for', '10m', '--keys', '100']);
  await expect.poll(() => redis.call(['DBSIZE']), { timeout: 20_000 }).toBe(100);
  child.kill('SIGINT');
  expect(await finished).toEqual({ exitCode: 130, stdout: '', stderr: '' });
  expect(await redis.call(['DBSIZE'])).toBe(0);
});

test('Ctrl-C in the second load: the first is shown', async () => {
  const args = ['ping', '--command', 'BLPOP nothing 60', '--url', server.url, '--count', '20', '--clients', '1'];
  const { child, finished } = startRedrill(['bench', ...args]);
  const clients = async () => String(await redis.call(['INFO', 'clients']));
  await expect.poll(clients, { timeout: 20_000 }).toContain('blocked_clients:1');
  child.kill('SIGINT');
  const { exitCode, stdout } = await finished;
  expect(exitCode).toBe(130);
  expect(stdout).toMatch(/^ping +[\d,]+\/s/m);
});

describe('a command line that says nothing', () => {
  test.each<[args: string, stderr: string]>([
    ['seet', 'there is no ready load "seet"\n  did you mean "set"?'],
    ['nonsense', `there is no ready load "nonsense"\n  it is one of ${READY_LOADS.join(', ')}; others go by --command`],
    ['--mix get:80', '--mix has "get:80", which is no name and weight\n  write --mix get=80,set=20'],
    ['--fill PING', '--fill goes before what --command sends, and there is none'],
    ['--count 5 --for 1s', '--count and --for do not go together: both say when to end'],
    [
      '--count 5 --warmup 1s',
      '--count and --warmup do not go together: a warm-up is a time before another, the one of --for',
    ],
    ['--sweep 1..9 --rate 5/s', '--sweep and --rate do not go together: a sweep has rates of its own'],
    [
      '--sweep 1..9 --count 5',
      '--sweep and --count do not go together: each rate is held for a time, the one of --for',
    ],
    ['--sweep 1..9 --rounds 5', '--sweep and --rounds do not go together: a sweep goes up once'],
    ['--sweep 1..9 --compare a b', '--sweep and --compare do not go together: sweep each of the targets by itself'],
    ['--sweep 9..1', '--sweep 9..1 is no range of rates\n  write --sweep rate=1000..100000'],
    ['--sweep fast', '--sweep fast is no range of rates\n  write --sweep rate=1000..100000'],
    ['--sweep 1..9 --steps 1', '--steps 1 is not a whole number of at least 2'],
    ['--arrival poisson', '--arrival needs a --rate: without one a client sends when it has been answered'],
    ['--arrival x --rate 5', '--arrival x is unknown\n  it is one of constant, poisson'],
    ['--distribution x', '--distribution x is unknown\n  it is one of uniform, zipfian, sequential'],
    ['--exponent 1', '--exponent needs --distribution zipfian'],
    ['--exponent x --distribution zipfian', '--exponent x is not a number above 0, up to 10'],
    ['--rate fast', '--rate fast is not a rate\n  write --rate 5000/s'],
    ['--for 5', '--for 5 is not a duration\n  write 250ms, 2s or 1m30s'],
    ['--for 0s', '--for 0s is no time at all'],
    ['--size big', '--size big is not a size\n  write 64B, 1KiB or 32MiB'],
    ['--clients 0', '--clients 0 is not a whole number of at least 1'],
    ['--rounds 101', '--rounds 101 is more than 100'],
    ['--allow-errors 5', '--allow-errors 5 is not a share\n  write 5%'],
    [
      '--compare a',
      '--compare takes two, and was given 1\n  name two targets, URLs or saved benches, and the loads before: redrill bench set --compare A B',
    ],
    ['--compare a b --target c', '--compare names the servers itself\n  leave --url and --target out'],
    [
      '--compare a.json b',
      'a.json is a saved bench, and b is none\n  save one of the other by --save FILE, and compare the files',
    ],
    ['--target nowhere', 'there is no target "nowhere"\n  add it under `targets:` in redrill.config.yaml'],
  ])('%s', async (args, stderr) => {
    expect(await bench(...args.split(' '))).toEqual({ exitCode: 3, stdout: '', stderr: `redrill: ${stderr}\n` });
  });

  test.each([
    ['--weight 3', "error: option '--weight <n>' argument '3' is invalid. it stands behind its --command.\n"],
    ['--command PING --weight 0', "error: option '--weight <n>' argument '0' is invalid. a number above 0.\n"],
  ])('%s', async (args, stderr) => {
    expect(await bench(...args.split(' '))).toEqual({ exitCode: 3, stdout: '', stderr });
  });
});

test('a server that cannot be reached', async () => {
  const { exitCode, stdout, stderr } = await bench('--url', 'redis://127.0.0.1:1');
  expect([exitCode, stdout]).toEqual([4, '']);
  expect(stderr).toMatchInlineSnapshot(`
    "redrill: cannot connect to 127.0.0.1:1: connection refused: no server listens there
      start the server, or correct the address
    "
  `);
});

test('a file that cannot be written', async () => {
  const { exitCode, stderr } = await few('ping', '--save', 'no/such/folder.json');
  expect(exitCode).toBe(4);
  expect(stderr).toMatchInlineSnapshot(`
    "redrill: no/such/folder.json could not be written: ENOENT: no such file or directory, open 'no/such/folder.json'
    "
  `);
});
