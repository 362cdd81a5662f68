/**
 * Measures work on queues beside the same loop as one would write it with ioredis, each in a process of its own, in
 * turns, so that whatever else the machine does strikes both alike. `npx tsx test/bench/queue.ts [rounds]`, after
 * `npm run bundle`. Prints medians of the ratios; a speed never decides whether a test passes.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startTestServer } from '../support/server.js';
import { median } from './paired.js';
import { report } from './report.js';

const [given = '7', bin = fileURLToPath(new URL('../../dist/bin.cjs', import.meta.url))] = process.argv.slice(2);
const rounds = Number(given);
const WORKERS = 8;
/** Some seconds of work: a second would measure how fast code is compiled. */
const MESSAGES = 200_000;
const SIZE = 64;

/** Eight workers, each with a connection of its own and one message at a time; and a producer that pipelines. */
const reference = (loop: string) => `
import { Redis } from '${import.meta.resolve('ioredis')}';
const connect = () => new Redis(process.argv[2]);
const producer = connect();
await producer.ping();
const body = 'x'.repeat(${SIZE});
const handle = async (message) => JSON.parse(message).body.length;
const message = (index) => JSON.stringify({ id: index, enqueuedAt: Date.now(), body });
${loop}
const pushing = performance.now();
await push();
const pushed = performance.now();
const workers = Array.from({ length: ${WORKERS} }, connect);
await Promise.all(workers.map((redis) => redis.ping()));
const working = performance.now();
const handled = await Promise.all(workers.map(work));
const worked = performance.now();
if (handled.reduce((sum, one) => sum + one) !== ${MESSAGES}) throw new Error('not all were handled');
console.log(JSON.stringify({ push: ${MESSAGES} / (pushed - pushing) * 1e3, work: ${MESSAGES} / (worked - working) * 1e3 }));
await Promise.all([producer, ...workers].map((redis) => redis.quit()));
`;

const inBatches = (command: string) => `
async function push() {
  for (let index = 0; index < ${MESSAGES}; ) {
    const pipeline = producer.pipeline();
    for (const end = Math.min(index + 32, ${MESSAGES}); index < end; index++) pipeline.${command};
    await pipeline.exec();
  }
}`;

const REFERENCES = {
  list: reference(`${inBatches("lpush('bench:list', message(index))")}
async function work(redis, worker) {
  for (let handled = 0; ; handled++) {
    const message = await redis.lmove('bench:list', 'bench:processing:' + worker, 'RIGHT', 'LEFT');
    if (message === null) return handled;
    await handle(message);
    await redis.lrem('bench:processing:' + worker, 1, message);
  }
}`),
  stream: reference(`${inBatches("xadd('bench:stream', '*', 'message', message(index))")}
async function work(redis, worker) {
  for (let handled = 0; ; handled++) {
    const read = await redis.xreadgroup('GROUP', 'workers', 'worker-' + worker, 'COUNT', 1, 'STREAMS', 'bench:stream', '>');
    if (read === null) return handled;
    const [id, [, message]] = read[0][1][0];
    await handle(message);
    await redis.xack('bench:stream', 'workers', id);
  }
}
await producer.del('bench:stream');
await producer.xgroup('CREATE', 'bench:stream', 'workers', '0', 'MKSTREAM');`),
};

const scenario = (backend: string) => `
name: work
timeout: 120s
steps:
  - id: push
    queue.push: { queue: orders, backend: ${backend}, count: ${MESSAGES}, size: ${SIZE}B }
    timeout: 100s
  - id: work
    queue.work: { queue: orders, backend: ${backend}, workers: ${WORKERS}, visibility: 30s }
    timeout: 100s
    expect: { completed: ${MESSAGES} }
`;

interface Speeds {
  readonly push: number;
  readonly work: number;
}

const folder = mkdtempSync(path.join(tmpdir(), 'redrill-bench-'));

function run(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync('node', args, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}\n${stdout}${stderr}`);
  return stdout;
}

const theirs = (backend: string, url: string): Speeds => JSON.parse(run(`${backend}.mjs`, url)) as Speeds; // see above

function ours(backend: string, url: string): Speeds {
  run(bin, 'run', `${backend}.yaml`, '--url', url, '--report', 'ndjson=events.ndjson');
  const speeds: Record<string, number> = {};
  for (const line of readFileSync(path.join(folder, 'events.ndjson'), 'utf8').trim().split('\n')) {
    const { type, step, result } = JSON.parse(line) as Record<string, { id?: string; throughput?: number } | string>;
    if (type !== 'step.finished' || typeof step !== 'object' || typeof result !== 'object') continue;
    speeds[step.id ?? ''] = result.throughput ?? 0;
  }
  return { push: speeds.push!, work: speeds.work! };
}

await using server = await startTestServer();
const table: Record<string, Record<string, string>> = {};
try {
  for (const [backend, text] of Object.entries(REFERENCES)) {
    writeFileSync(path.join(folder, `${backend}.mjs`), text);
    writeFileSync(path.join(folder, `${backend}.yaml`), scenario(backend));
    const pairs = Array.from(
      { length: rounds },
      () => [theirs(backend, server.url), ours(backend, server.url)] as const,
    );
    for (const what of ['push', 'work'] as const) {
      table[`${what}, ${backend}`] = {
        'ours / ioredis': median(pairs.map(([their, our]) => our[what] / their[what])).toFixed(2),
        wanted: what === 'work' ? '2' : '',
        'our k/s': (median(pairs.map(([, our]) => our[what])) / 1_000).toFixed(1),
        'its k/s': (median(pairs.map(([their]) => their[what])) / 1_000).toFixed(1),
      };
    }
  }
  report('queue', table);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
