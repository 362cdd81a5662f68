/**
 * Measures the wire engine beside redis-benchmark: the same commands, keys, sizes and clients, in turns, so that
 * whatever else the machine does strikes both alike. `npx tsx test/bench/wire.ts [rounds] [command…]`.
 * Prints medians of the ratios; a speed never decides whether a test passes.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Target } from '../../src/contracts/target.js';
import { openConnection } from '../../src/redis/connection.js';
import { addressOf } from '../../src/redis/url.js';
import { uniform } from '../../src/wire/command/distribution.js';
import { Digits, fillerText } from '../../src/wire/command/hole.js';
import { mixOf } from '../../src/wire/command/mix.js';
import { CommandTemplate, type TemplateArgument } from '../../src/wire/command/template.js';
import { Wire } from '../../src/wire/wire.js';
import { startTestServer } from '../support/server.js';
import { median } from './paired.js';
import { report } from './report.js';

const CLIENTS = 50;
const KEYS = 100_000;
const SIZE = 64;
/** Twelve digits, as redis-benchmark writes them. */
const RANDOM = '__rand_int__';
const VALUE = fillerText(SIZE);
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  SET: ['SET', `key:${RANDOM}`, VALUE],
  GET: ['GET', `key:${RANDOM}`],
  LPUSH: ['LPUSH', 'bench:list', VALUE],
  RPOP: ['RPOP', 'bench:list'],
  XADD: ['XADD', 'bench:stream', '*', 'field', VALUE],
  PUBLISH: ['PUBLISH', 'bench:channel', VALUE],
};
/** About a second each. */
const OPERATIONS: ReadonlyMap<number, number> = new Map([
  [1, 80_000],
  [16, 600_000],
  [64, 800_000],
]);

const [given = '7', ...only] = process.argv.slice(2);
const rounds = Number(given);
interface Measured {
  readonly perSecond: number;
  readonly p99: number;
  /** Of one core. */
  readonly serverCpu: number;
}

await using target: Target = await startTestServer();
const address = addressOf(target);
await using admin = await openConnection(address, { name: 'bench' });
const serverPid = /process_id:(\d+)/.exec(String(await admin.call(['INFO', 'server'])))![1]!;

/** Seconds of processor time that the server has used. */
function cpuOfServer(): number {
  const fields = readFileSync(`/proc/${serverPid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function measure(run: () => Promise<{ perSecond: number; p99: number; seconds: number }>): Promise<Measured> {
  const before = cpuOfServer();
  const { perSecond, p99, seconds } = await run();
  return { perSecond, p99, serverCpu: (cpuOfServer() - before) / seconds };
}

const theirs = (command: readonly string[], pipeline: number, count: number): Promise<Measured> =>
  measure(async () => {
    const { port, password } = new URL(target.url);
    const options = ['-p', port, '-a', password, '-n', count, '-c', CLIENTS, '-P', pipeline, '-r', KEYS, '--csv'];
    const { stdout } = await promisify(execFile)('redis-benchmark', [...options.map(String), ...command]);
    const fields = [
      ...stdout
        .trim()
        .split('\n')
        .at(-1)!
        .matchAll(/"([^"]*)"/g),
    ].map(([, field]) => Number(field));
    const [, perSecond, , , , , p99] = fields as [number, number, number, number, number, number, number]; // its columns
    return { perSecond, p99, seconds: count / perSecond };
  });

async function ours(command: readonly string[], pipeline: number, count: number): Promise<Measured> {
  using wire = await Wire.open(address, { name: 'bench', clients: CLIENTS, pipeline, now: () => performance.now() });
  return await measure(async () => {
    const run = wire.run({ mix: mixOf([{ template: templateOf(command), weight: 1 }], 1), count });
    await run.finished;
    const seconds = (run.endMs! - run.startMs) / 1_000;
    return { perSecond: count / seconds, p99: run.tally.latency().percentile(0.99), seconds };
  });
}

function templateOf(command: readonly string[]): CommandTemplate {
  const hole = new Digits(uniform(KEYS, 1, 0), RANDOM.length);
  return new CommandTemplate(
    command.map((arg): TemplateArgument => (arg.endsWith(RANDOM) ? [arg.slice(0, -RANDOM.length), hole] : arg)),
  );
}

async function prepare(name: string, count: number): Promise<void> {
  await admin.call(['DEL', 'bench:list', 'bench:stream'], { timeoutMs: 60_000 });
  if (name === 'RPOP') await ours(COMMANDS.LPUSH!, 64, count);
}

const table: Record<string, Record<string, string>> = {};
for (const [name, command] of Object.entries(COMMANDS)) {
  if (only.length > 0 && !only.includes(name)) continue;
  for (const [pipeline, count] of OPERATIONS) {
    const pairs: [their: Measured, our: Measured][] = [];
    for (let round = 0; round <= rounds; round++) {
      await prepare(name, count);
      const their = await theirs(command, pipeline, count);
      await prepare(name, count);
      pairs.push([their, await ours(command, pipeline, count)]);
    }
    pairs.shift(); // while code was being compiled
    const ratio = (of: (measured: Measured) => number) => median(pairs.map(([their, our]) => of(our) / of(their)));
    table[`${name} × ${pipeline}`] = {
      throughput: ratio(({ perSecond }) => perSecond).toFixed(2),
      wanted: pipeline === 1 ? '1.20' : '0.95',
      p99: ratio(({ p99 }) => p99).toFixed(2),
      'our k/s': (median(pairs.map(([, { perSecond }]) => perSecond)) / 1_000).toFixed(0),
      'server CPU': `${median(pairs.map(([, { serverCpu }]) => serverCpu * 100)).toFixed(0)} %`,
      'with theirs': `${median(pairs.map(([{ serverCpu }]) => serverCpu * 100)).toFixed(0)} %`,
    };
  }
}
report('wire', table);
