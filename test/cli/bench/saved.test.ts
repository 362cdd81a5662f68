import { describe, expect, test } from 'vitest';
import type { BenchRecord, BenchRun } from '../../../src/cli/bench/record.js';
import type { Settings } from '../../../src/cli/bench/settings.js';
import type { LoadResult } from '../../../src/steps/load/result.js';
import { type Finished, folderWith, runRedrill } from '../../support/redrill.js';

const SETTINGS: Settings = {
  clients: 50,
  pipeline: 1,
  rates: [],
  arrival: 'constant',
  forMs: 5_000,
  count: null,
  warmupMs: 1_000,
  keys: 100_000,
  distribution: 'uniform',
  exponent: null,
  size: 64,
  rounds: 5,
  sweep: false,
  allowErrors: 0,
};

/** What a comparison reads of a result. */
function resultOf(throughput: number, p99: number): LoadResult {
  const latency = { p50: 0.5, p90: 0.75, p99, p999: 4, max: 9, mean: 0.5 };
  return { throughput, latency, commands: [], server: null } as unknown as LoadResult; // the rest is not read
}

const runsOf = (load: string, ...rounds: readonly (readonly [throughput: number, p99: number])[]): BenchRun[] =>
  rounds.map(([throughput, p99], index) => ({
    load,
    target: 0,
    round: index + 1,
    rate: null,
    verdict: 'passed',
    reason: null,
    result: resultOf(throughput, p99),
  }));

const saved = (name: string, runs: readonly BenchRun[], changed: Partial<BenchRecord> = {}): BenchRecord => ({
  format: 1,
  redrill: '1.2.3',
  time: '2030-01-02T03:04:05.000Z',
  seed: 7,
  targets: [
    {
      name,
      kind: 'url',
      address: `${name}:6379`,
      engine: 'valkey',
      version: '8.1.1',
      topology: 'standalone',
      settings: SETTINGS,
    },
  ],
  runs,
  comparisons: [],
  sweeps: [],
  ended: null,
  exitCode: 0,
  ...changed,
});

function compare(a: unknown, b: unknown, ...args: string[]): Promise<Finished> {
  const cwd = folderWith({ 'a.json': JSON.stringify(a), 'b.json': JSON.stringify(b) });
  return runRedrill(['bench', '--compare', 'a.json', 'b.json', ...args], { cwd });
}

const FIVE = [
  [100_000, 2],
  [101_000, 3],
  [99_000, 2.5],
  [100_500, 2.2],
  [99_500, 2.4],
] as const;
const times = (factor: number, of: typeof FIVE | readonly (readonly [number, number])[] = FIVE) =>
  of.map(([throughput, p99]) => [throughput * factor, p99] as const);

describe('saved benches compared', () => {
  test('with the ratio of each measure, its interval, and what that shows', async () => {
    const a = saved('old', [...runsOf('set', ...FIVE), ...runsOf('get', ...FIVE), ...runsOf('incr', ...FIVE)]);
    const b = saved('new', [
      ...runsOf('set', ...times(1.25)),
      ...runsOf('get', ...times(0.93)),
      ...runsOf('ping', [1, 1]),
    ]);
    expect(await compare(a, b)).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "",
        "stdout": "A  valkey 8.1.1 standalone at old:6379 (old)
      B  valkey 8.1.1 standalone at new:6379 (new)
      50 clients, pipeline 1, values of 64B, 100,000 keys, uniform, 5s after 1s of warm-up, 5 rounds; seed 7

      set                 A          B  B / A    95% interval
      throughput  100,000/s  125,000/s  1.250  1.231 to 1.269  B is 25% higher
      p50             0.500      0.500  1.000  1.000 to 1.000  no difference shown
      p99             2.400      2.400  1.000  0.800 to 1.250  no difference shown
      p99.9           4.000      4.000  1.000  1.000 to 1.000  no difference shown

      get                 A         B  B / A    95% interval
      throughput  100,000/s  93,000/s  0.930  0.916 to 0.944  B is 7.0% lower
      p50             0.500     0.500  1.000  1.000 to 1.000  no difference shown
      p99             2.400     2.400  1.000  0.800 to 1.250  no difference shown
      p99.9           4.000     4.000  1.000  1.000 to 1.000  no difference shown

      A and B are medians of the rounds; B / A is the median of their ratios, not the ratio of the medians.
      Latencies in milliseconds, until the reply; in a closed loop few of them show a pause of the server (see --rate).

      Only in A: incr
      Only in B: ping
      ",
      }
    `);
  });

  test('that were loaded otherwise, in too few rounds, and with errors', async () => {
    const a = saved('old', runsOf('set', [100_000, 2]));
    const [run] = runsOf('set', [50_000, 2]);
    const b = saved('new', [{ ...run!, verdict: 'failed', reason: '5 errors (OOM 5), of 9 operations' }], {
      targets: [
        { ...saved('new', []).targets[0]!, settings: { ...SETTINGS, pipeline: 16, forMs: null, count: 9, rounds: 1 } },
      ],
      exitCode: 1,
    });
    expect(await compare(a, b)).toMatchInlineSnapshot(`
      {
        "exitCode": 1,
        "stderr": "",
        "stdout": "A  valkey 8.1.1 standalone at old:6379 (old)
      B  valkey 8.1.1 standalone at new:6379 (new)
      A  50 clients, pipeline 1, values of 64B, 100,000 keys, uniform, 5s after 1s of warm-up, 5 rounds
      B  50 clients, pipeline 16, values of 64B, 100,000 keys, uniform, 9 operations; seed 7

      set                 A         B  B / A  95% interval
      throughput  100,000/s  50,000/s  0.500                too few rounds to tell (1 and 1)
      p50             0.500     0.500  1.000                too few rounds to tell (1 and 1)
      p99             2.000     2.000  1.000                too few rounds to tell (1 and 1)
      p99.9           4.000     4.000  1.000                too few rounds to tell (1 and 1)

      A and B are medians of the rounds; B / A is the median of their ratios, not the ratio of the medians.
      Latencies in milliseconds, until the reply; in a closed loop few of them show a pause of the server (see --rate).

      ✗ set on B: 5 errors (OOM 5), of 9 operations
      ",
      }
    `);
  });

  test('of which one was interrupted: the round that was cut short counts where it is the only one', async () => {
    const cut = { verdict: 'unknown', reason: 'cut short after 9ms: interrupted by SIGINT', cutShort: true } as const;
    const [set, get] = [runsOf('set', [100, 1], [1, 1]), runsOf('get', [1, 1])];
    const runs = [set[0]!, { ...set[1]!, ...cut }, { ...get[0]!, ...cut }];
    const a = saved('old', runs, { ended: 'interrupted by SIGINT', exitCode: 130 });
    const b = saved('new', [...runsOf('set', [200, 1]), ...runsOf('get', [2, 1])]);
    const { comparisons, ended, exitCode } = JSON.parse((await compare(a, b, '--json')).stdout) as BenchRecord; // what --json prints
    expect(comparisons.filter(({ measure }) => measure === 'throughput')).toMatchObject([
      { load: 'set', a: 100, b: 200, rounds: [1, 1] },
      { load: 'get', a: 1, b: 2, rounds: [1, 1] },
    ]);
    expect([ended, exitCode]).toEqual([null, 2]);
  });

  test('as JSON', async () => {
    const record = saved('same', runsOf('set', ...FIVE));
    const { exitCode, stdout } = await compare(record, record, '--json');
    const { comparisons, runs } = JSON.parse(stdout) as BenchRecord; // what --json prints
    expect([exitCode, runs.length]).toEqual([0, 10]);
    expect(comparisons.map(({ measure, estimate }) => [measure, estimate])).toEqual([
      ['throughput', 1],
      ['p50', 1],
      ['p99', 1],
      ['p999', 1],
    ]);
  });

  const sound = saved('old', runsOf('set', [1, 1]));
  test.each<[what: string, file: unknown, message: string]>([
    ['nothing in common', saved('b', runsOf('get', [1, 1])), 'the saved benches have no load in common'],
    [
      'another comparison',
      { ...sound, targets: [sound.targets[0], sound.targets[0]] },
      'a saved comparison or sweep cannot be compared\n  save what one target came to, in several rounds: redrill bench set --rounds 10 --save FILE',
    ],
    [
      'a newer format',
      { ...sound, format: 2 },
      'b.json was written in format 2, and this version reads format 1\n  read it with redrill 1.2.3',
    ],
    ['another file', { runs: 3 }, 'b.json is no saved bench\n  name a file that `redrill bench --save FILE` wrote'],
  ])('%s', async (_, file, message) => {
    expect(await compare(sound, file)).toEqual({ exitCode: 3, stdout: '', stderr: `redrill: ${message}\n` });
  });

  test('a file that is not there, and one that is no JSON', async () => {
    const cwd = folderWith({ 'b.json': '{' });
    const { exitCode, stderr } = await runRedrill(['bench', '--compare', 'a.json', 'b.json'], { cwd });
    expect([exitCode, stderr]).toEqual([
      3,
      "redrill: a.json cannot be read: ENOENT: no such file or directory, open 'a.json'\n  name a file that `redrill bench --save FILE` wrote\n",
    ]);
    const other = await runRedrill(['bench', '--compare', 'b.json', 'b.json'], { cwd });
    expect([other.exitCode, other.stderr]).toEqual([
      3,
      expect.stringMatching(/^redrill: b\.json cannot be read: .*JSON/),
    ]);
  });
});
