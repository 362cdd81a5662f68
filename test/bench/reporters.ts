/**
 * Measures what each report adds to a run's time: whole processes, in turns, against a run with the cheapest report
 * alone. `npx tsx test/bench/reporters.ts [rounds] [steps|queue|load…]`, after `npm run bundle`. The run that is measured
 * against is measured once more like a report: what that "adds" is the machine's own doing.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startTestServer } from '../support/server.js';
import { median, timeOf } from './paired.js';
import { type Row, report } from './report.js';

const BIN = fileURLToPath(new URL('../../dist/bin.cjs', import.meta.url));
const [given = '3', ...chosen] = process.argv.slice(2);
const rounds = Number(given);
const FILES = 200;
const STEPS = 10;
const MESSAGES = 50_000;
const OPERATIONS = 300_000;
const REPORTS = ['pretty', 'junit', 'github', 'html', 'json', 'markdown', 'ctrf', 'tap', 'ndjson'];
const NOTHING = 'nothing, again';
const ALL = 'all of them at once';

const steps = '  - command: SET key value\n    expect: OK\n'.repeat(STEPS);
const queue = `name: orders
timeout: 120s
steps:
  - queue.push: { queue: orders, count: ${MESSAGES}, size: 64B }
    timeout: 60s
  - queue.work: { queue: orders, workers: 8, visibility: 30s }
    timeout: 60s
    expect: { completed: ${MESSAGES} }
  - verify.delivery: { queue: orders, guarantee: exactly-once-effect }
    expect: { lost: 0 }
`;
const load = `name: load
timeout: 120s
steps:
  - load: { mix: [{ command: SET key value }], clients: 50, pipeline: 4, count: ${OPERATIONS} }
    timeout: 60s
    expect: { errors: 0 }
`;

const folder = mkdtempSync(path.join(tmpdir(), 'redrill-bench-'));
const write = (name: string, text: string) => writeFileSync(path.join(folder, name), text);

await using server = await startTestServer();
const base = ['node', BIN, 'run', '--url', server.url, '--report', 'durations'];
const to = (name: string) => ['--report', `${name}=${name}.out`];
const variants = new Map([
  [NOTHING, []],
  ...REPORTS.map((name) => [name, to(name)] as const),
  [ALL, REPORTS.flatMap(to)],
]);

/** How much longer each takes, by the median of its ratios to the run that came before and after its round. */
function measure(paths: string): Record<string, Row> {
  const run = (args: readonly string[]) => timeOf({ run: [...base, ...args, paths] }, folder);
  // The first run of each leaves its code in the cache.
  for (const args of variants.values()) run(args);
  const ratios = new Map(Array.from(variants.keys(), (name) => [name, [] as number[]]));
  const alone: number[] = [run([])];
  for (let round = 0; round < rounds; round++) {
    for (const [name, args] of variants) {
      const before = alone.at(-1) ?? Number.NaN;
      const time = run(args);
      alone.push(run([]));
      ratios.get(name)?.push((2 * time) / (before + (alone.at(-1) ?? Number.NaN)));
    }
  }
  const rows = Array.from(ratios, ([name, values]): [string, Row] => [
    `${paths.replace(/-?\*?\.yaml$/, '')}: ${name}`,
    {
      'adds, %': ((median(values) - 1) * 100).toFixed(1),
      wanted: name === NOTHING || name === ALL ? '' : 'under 3',
      'alone, ms': median(alone).toFixed(0),
    },
  ]);
  return Object.fromEntries(rows);
}

try {
  for (let file = 0; file < FILES; file++) write(`steps-${file}.yaml`, `name: file ${file}\nsteps:\n${steps}`);
  write('queue.yaml', queue);
  write('load.yaml', load);
  const parts = { steps: 'steps-*.yaml', queue: 'queue.yaml', load: 'load.yaml' };
  const rows: Record<string, Row> = {};
  for (const [part, paths] of Object.entries(parts)) {
    if (chosen.length === 0 || chosen.includes(part)) Object.assign(rows, measure(paths));
  }
  report('reporters', rows);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
