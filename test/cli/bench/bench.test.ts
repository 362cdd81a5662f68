import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
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

test('a user who may not run INFO: what only the server could tell is left out', async () => {
  const [user, password] = ['blind', 'blind-password'];
  await redis.call(['ACL', 'SETUSER', user, 'on', `>${password}`, '~*', '&*', '+@all', '-info']);
  const url = Object.assign(new URL(server.url), { username: user, password }).href;
  const finished = await bench('ping', '--url', url, '--count', '50', '--json');
  const { targets, runs } = recordOf(finished);
  expect(targets[0]).toMatchObject({ topology: 'standalone', version: expect.stringMatching(/^\d+\.\d+\.\d+$/) });
  expect(runs[0]).toMatchObject({ verdict: 'passed', result: { operations: 50, server: null } });
});

describe('a server that is full', () => {
  const full = async (policy: string): Promise<void> => {
    const used = Number(/^used_memory:(\d+)/m.exec(String(await redis.call(['INFO', 'memory'])))?.[1]);
    await redis.call(['CONFIG', 'SET', 'maxmemory-policy', policy, 'maxmemory', used + 4_000_000]);
  };
  const large = ['--keys', '5000', '--size', '10KiB', '--clients', '2', '--pipeline', '20'];
  afterEach(async () => {
    await redis.call(['CONFIG', 'SET', 'maxmemory', 0]);
  });

  test('and evicts: that is told', async () => {
    await full('allkeys-random');
    const { exitCode, stdout } = await bench('set', '--url', server.url, ...large, '--count', '3000');
    expect([exitCode, stdout.trimEnd().split('\n').at(-1)]).toEqual([
      0,
      expect.stringMatching(/^set: [\d,]+ keys evicted: the server was full$/),
    ]);
  });

  test('and refuses: also what is filled in before', async () => {
    await full('noeviction');
    const { exitCode, stdout } = await bench('get', 'set', '--url', server.url, ...large, '--count', '3000');
    const [get, set] = stdout.trimEnd().split('\n').slice(-2);
    expect(exitCode).toBe(1);
    expect(get).toMatch(
      /^✗ get: what is to be there before could not be filled in: [\d,]+ errors \(OOM [\d,]+\), of 5,000 operations$/,
    );
    expect(set).toMatch(/^✗ set: [\d,]+ errors \(OOM [\d,]+\), of 3,000 operations$/);
    expect(await redis.call(['DBSIZE'])).toBe(0);
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
    const { exitCode, stdout } = await bench('set', '--url', server.url, '--rate', '3000000/s', '--for', '300ms');
    expect([exitCode, stdout.split('\n').at(-2)]).toEqual([2, expect.stringMatching(/^\? set at 3,000,000\/s: /)]);
  });
});

describe('a sweep', () => {
  test('goes up until a rate is not held, and says where', async () => {
    const args = ['set', '--url', server.url, '--sweep', 'rate=200..3000000', '--steps', '3', '--for', '300ms'];
    const cwd = folderWith();
    const { exitCode, stdout, stderr } = await runRedrill(['bench', ...args, '--save', 's.json'], { cwd });
    expect(stderr).toBe('');
    const record = JSON.parse(readFileSync(path.join(cwd, 's.json'), 'utf8')) as BenchRecord; // what --save wrote
    const rates = record.runs.map(({ rate }) => rate);
    expect(rates).toEqual([200, 24_500, 3_000_000].slice(0, rates.length));
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
        timeout: 61s
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
        timeout: 70s
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
        timeout: 70s
    "
  `);
  const { stdout: valid } = await runRedrill(['validate', '.'], { cwd: folderWith({ 'load.yaml': stdout }) });
  expect(valid).toContain('2 cases');
});

describe('Ctrl-C ends it at once, leaves no key, and shows what was measured by then', () => {
  /** Interrupted when all keys are written, which is while it is measured: there is no warm-up. */
  async function interrupted(...args: string[]): Promise<Finished> {
    const settings = ['--for', '10m', '--warmup', '0s', '--keys', '100', '--distribution', 'sequential', '--seed', '7'];
    const { child, finished } = startRedrill(['bench', 'set', ...settings, ...args], { cwd: folderWith() });
    await expect.poll(() => redis.call(['DBSIZE']), { timeout: 20_000 }).toBe(100);
    child.kill('SIGINT');
    const ended = await finished;
    expect(await redis.call(['DBSIZE'])).toBe(0);
    return ended;
  }
  const cut = (text: string): string => masked(text).replace(/(?<=cut short after )[\d.]+m?s/, '#');

  test('of its only load', async () => {
    const { exitCode, stdout, stderr } = await interrupted('--url', server.url);
    expect([exitCode, stderr]).toEqual([130, '']);
    // Replies that were still to come are no errors, and what the server saw is looked at in the end alone.
    expect(stdout).toMatch(/^set +[\d,]+\/s +0 /m);
    expect(cut(stdout)).toMatchInlineSnapshot(`
      "redis V standalone at HOST (url)
      50 clients, pipeline 1, values of 64B, 100 keys, sequential, 10m after 0ms of warm-up; seed 7

           throughput  errors  p50  p90  p99  p99.9  max  mean
      set  #  #  #  #  #  #  #  #

      Latencies in milliseconds, until the reply; in a closed loop few of them show a pause of the server (see --rate).

      ? set: cut short after #: interrupted by SIGINT
      "
    `);
  });

  test('as JSON', async () => {
    const { runs, ended, exitCode } = recordOf(await interrupted('--url', server.url, '--json'), 130);
    expect([ended, exitCode]).toEqual(['interrupted by SIGINT', 130]);
    const [{ reason, result, ...run }] = runs as [BenchRecord['runs'][0]];
    expect(run).toEqual({ load: 'set', target: 0, round: 1, rate: null, verdict: 'unknown', cutShort: true });
    expect(reason).toMatch(/^cut short after .+s: interrupted by SIGINT$/);
    expect([result!.operations > 0, result!.duration > 0, result!.server]).toEqual([true, true, null]);
  });

  test('of one of two targets, which says nothing of the other', async () => {
    const { exitCode, stdout, stderr } = await interrupted('--compare', server.url, server.url);
    expect([exitCode, stderr]).toEqual([130, '']);
    expect(cut(stdout)).toMatchInlineSnapshot(`
      "A  redis V standalone at HOST (url)
      B  redis V standalone at HOST (url)
      50 clients, pipeline 1, values of 64B, 100 keys, sequential, 10m after 0ms of warm-up, 10 rounds; seed 7

                throughput  errors  p50  p90  p99  p99.9  max  mean
      set on A  #  #  #  #  #  #  #  #

      Latencies in milliseconds, until the reply; in a closed loop few of them show a pause of the server (see --rate).

      ? set on A: cut short after #: interrupted by SIGINT
      "
    `);
  });

  test('of a sweep', async () => {
    const sweep = ['--sweep', 'rate=1000..2000', '--steps', '2'];
    const { exitCode, stdout, stderr } = await interrupted('--url', server.url, ...sweep);
    expect([exitCode, stderr]).toEqual([130, '']);
    expect(cut(stdout).split('\n').slice(4)).toMatchInlineSnapshot(`
      [
        "1,000/s  #  #  #  #  #  #  #  #  #",
        "no rate was held by then: interrupted by SIGINT",
        "",
        "Latencies in milliseconds, from when an operation was due until its reply.",
        "",
        "? set at 1,000/s: cut short after #: interrupted by SIGINT",
        "",
      ]
    `);
  });

  test('and says so where it was not measured yet', async () => {
    const args = ['get', '--url', server.url, '--warmup', '10m', '--keys', '100', '--seed', '7'];
    const { child, finished } = startRedrill(['bench', ...args], { cwd: folderWith() });
    await expect.poll(() => redis.call(['DBSIZE']), { timeout: 20_000 }).toBe(100);
    child.kill('SIGTERM');
    const { exitCode, stdout, stderr } = await finished;
    expect([exitCode, stderr]).toEqual([143, '']);
    expect(masked(stdout)).toMatchInlineSnapshot(`
      "redis V standalone at HOST (url)
      50 clients, pipeline 1, values of 64B, 100 keys, uniform, 5s after 10m of warm-up; seed 7

      ? get: cut short before it was measured: ended by SIGTERM
      "
    `);
  });

  test('of the loads before', async () => {
    const args = ['ping', '--command', 'BLPOP nothing 60', '--url', server.url, '--count', '20', '--clients', '1'];
    const { child, finished } = startRedrill(['bench', ...args]);
    const clients = async () => String(await redis.call(['INFO', 'clients']));
    await expect.poll(clients, { timeout: 20_000 }).toContain('blocked_clients:1');
    child.kill('SIGINT');
    const { exitCode, stdout } = await finished;
    expect(exitCode).toBe(130);
    expect(stdout).toMatch(/^ping +[\d,]+\/s/m);
    expect(stdout).toMatch(/^mix +0\/s +0$/m);
  });

  test('which is nothing where the server was not found yet', async () => {
    // It takes connections, and never answers.
    const listener = createServer().listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const { port } = listener.address() as AddressInfo; // of a TCP server
    const connected = once(listener, 'connection');
    const { child, finished } = startRedrill(['bench', '--url', `redis://127.0.0.1:${port}`]);
    const [socket] = (await connected) as [Socket]; // as its documentation says
    child.kill('SIGINT');
    expect(await finished).toEqual({
      exitCode: 130,
      stdout: 'nothing was measured: interrupted by SIGINT\n',
      stderr: '',
    });
    socket.destroy();
    listener.close();
  });
});

test('a command line that says nothing is told so, and nothing is sent', async () => {
  const stderr = 'redrill: there is no ready load "seet"\n  did you mean "set"?\n';
  expect(await few('seet')).toEqual({ exitCode: 3, stdout: '', stderr });
  const weight = "error: option '--weight <n>' argument '3' is invalid. it stands behind its --command.\n";
  expect(await few('--weight', '3')).toEqual({ exitCode: 3, stdout: '', stderr: weight });
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

test('a server that refuses further clients: the rounds until then are shown', async () => {
  const args = ['--command', 'CONFIG SET maxclients 4', '--count', '5', '--clients', '10', '--rounds', '2'];
  const { exitCode, stdout, stderr } = await bench(...args);
  expect(exitCode).toBe(4);
  expect(stderr.replace(/127\.0\.0\.1:\d+/, 'HOST')).toMatchInlineSnapshot(`
    "redrill: cannot connect to HOST: it answered ERR max number of clients reached
      close connections that nobody needs, or raise maxclients
    "
  `);
  expect(stdout).toMatch(/^mix +[\d,]+\/s +0 .*µs$/m);
});

test('a file that cannot be written', async () => {
  const { exitCode, stderr } = await few('ping', '--save', 'no/such/folder.json');
  expect(exitCode).toBe(4);
  expect(stderr).toMatchInlineSnapshot(`
    "redrill: no/such/folder.json could not be written: ENOENT: no such file or directory, open 'no/such/folder.json'
    "
  `);
});
