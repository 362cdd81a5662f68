import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, inject, test } from 'vitest';
import type { CaseTimeline, RunEvent } from '../../src/contracts/event.js';
import type { Timeline } from '../../src/contracts/timeline.js';
import { folderWith, runRedrill } from '../support/redrill.js';

/** Of each case by its name, and all that the run told. */
async function run(scenarios: string, ...flags: string[]) {
  const cwd = folderWith({ 'a.yaml': scenarios, 'redrill.config.yaml': 'env: [TOKEN]\n' });
  const report = ['--report', 'ndjson=run.ndjson'];
  const { exitCode, stdout } = await runRedrill(['run', 'a.yaml', '--url', inject('serverUrl'), ...report, ...flags], {
    cwd,
    env: { TOKEN: 's3cret-value' },
  });
  const lines = readFileSync(path.join(cwd, 'run.ndjson'), 'utf8').trim().split('\n');
  const events = lines.map((line) => JSON.parse(line) as RunEvent); // what the reporter writes
  const told = events.filter((event): event is CaseTimeline => event.type === 'case.timeline');
  const timelines = new Map(told.map((event) => [event.case.replace('a.yaml#', ''), event.timeline]));
  return { exitCode, stdout, events, timelines };
}

const seriesOf = ({ series }: Timeline, of: string) =>
  new Map(series.filter((one) => one.of === of).map(({ measure, values }) => [measure, values]));

/** How many a rate comes to in all. */
const sum = ({ bucketMs }: Timeline, values: readonly (number | null)[] = []): number =>
  Math.round((values.reduce<number>((total, value) => total + (value ?? 0), 0) * bucketMs) / 1_000);

const LOSSY = `name: lossy
steps:
  - queue.push: { queue: orders, backend: list, count: 20 }
  - queue.work:
      queue: orders
      backend: list
      delivery: at-most-once
      workers: 1
      until: drained
      handler: { faults: [ { crash: { every: 10 } } ] }
  - verify.delivery: { queue: orders, guarantee: at-least-once }
`;

const QUEUE = `name: orders
steps:
  - id: push
    queue.push: { queue: orders, backend: list, count: 100, message: { secret: "\${{ env.TOKEN }}" } }
  - id: work
    queue.work:
      queue: orders
      backend: list
      delivery: at-least-once
      workers: 2
      visibility: 1s
      deadLetter: orders-dlq
      until: drained
      handler: { faults: [ { crash: { every: 50 } }, { fail: { every: 20 } } ] }
  - verify.delivery: { queue: orders, guarantee: at-least-once }
---
${LOSSY}---
name: no messages
steps: [ { command: PING, expect: PONG } ]
`;

test('tells the times that the reasons tell', async () => {
  const { events, timelines } = await run(
    `name: slow\nsteps:\n  - wait: 100ms\n${LOSSY.slice(LOSSY.indexOf('  - queue.push'))}`,
  );
  const [failed] = events.flatMap((event) => (event.type === 'step.finished' && event.failure ? [event.failure] : []));
  const [, id, ms] = /- (\S+): pushed .* by the crash of \S+ at ([\d.]+) ms/.exec(failed?.message ?? '') ?? [];
  const life = timelines.get('slow')?.messages.lives.find((one) => one.id === id);
  const crash = life?.events.find(({ operation }) => operation === 'crash');
  expect(Number(ms)).toBeGreaterThan(100);
  expect(Math.abs(Number(ms) - (crash?.atMs ?? 0))).toBeLessThan(0.1);
});

test('tells what became of queues, with crashes, dead letters, lost messages and what failed', async () => {
  const { exitCode, events, timelines } = await run(QUEUE);
  expect(exitCode).toBe(1);
  expect([...timelines.keys()].sort()).toEqual(['lossy', 'orders']);

  const orders = timelines.get('orders')!;
  const series = seriesOf(orders, 'orders');
  expect([sum(orders, series.get('pushed')), sum(orders, series.get('deadLettered'))]).toEqual([100, 4]);
  expect(sum(orders, series.get('completed'))).toBe(96);
  expect([series.get('depth')?.at(-1), series.get('inFlight')?.at(-1)]).toEqual([0, 0]);
  expect(seriesOf(orders, 'orders-dlq').get('depth')?.at(-1)).toBe(4);
  const count = (kind: string) => orders.marks.reduce((all, mark) => all + (mark.kind === kind ? mark.count! : 0), 0);
  expect([count('crash'), count('fault')]).toEqual([2, 4]);
  expect(new Set(orders.marks.map(({ step }) => step))).toEqual(new Set(['steps.1']));
  expect(orders.distributions.map(({ of, count }) => [of, count])).toEqual([['orders', 96]]);
  expect([orders.messages.total, orders.messages.lives.length]).toEqual([100, 100]);
  const buried = orders.messages.lives.find(({ events }) => events.some(({ operation }) => operation === 'deadLetter'));
  expect([buried?.of, buried?.body]).toEqual(['orders', '{"secret":"***"}']);
  expect(buried?.events.map(({ operation, to }) => [operation, to])).toContainEqual(['deadLetter', 'orders-dlq']);

  const lossy = timelines.get('lossy')!;
  const lost = lossy.marks.filter(({ kind }) => kind === 'lost');
  expect(lost.reduce((all, mark) => all + mark.count!, 0)).toBe(2);
  expect(lossy.messages.lives.slice(0, 3).map(({ findings }) => findings)).toEqual([['lost'], ['lost'], []]);
  expect(lossy.marks.at(-1)).toMatchObject({ kind: 'failed', label: 'verify.delivery orders', step: 'steps.2' });

  const types = events.filter((event) => 'case' in event && event.case === 'a.yaml#orders').map(({ type }) => type);
  expect(types.at(-1)).toBe('case.timeline');
});

test('tells what loads measured, and that a program was killed', async () => {
  const { exitCode, timelines } = await run(
    `name: measured
steps:
  - id: gets
    load: { mix: [ { command: GET user:1 } ], clients: 2, count: 500 }
    expect: { errors: 0 }
  - load: { mix: [ { command: INCR user:2 } ], clients: 2, count: 100 }
  - id: program
    process.start: { run: [sleep, "60"] }
  - process.signal: { process: program, signal: KILL }
`,
    '--allow-run',
  );
  expect(exitCode).toBe(0);
  const timeline = timelines.get('measured')!;
  expect([...new Set(timeline.series.map(({ of }) => of))]).toEqual(['gets', 'load INCR user:2']);
  const gets = seriesOf(timeline, 'gets');
  expect([...gets.keys()]).toEqual(['operations', 'errors', 'p50', 'p99']);
  expect([sum(timeline, gets.get('operations')), sum(timeline, gets.get('errors'))]).toEqual([500, 0]);
  expect(timeline.distributions.map(({ of, count }) => [of, count])).toEqual([
    ['gets', 500],
    ['load INCR user:2', 100],
  ]);
  expect(timeline.marks).toMatchObject([{ kind: 'fault', label: 'SIGKILL to program', step: 'steps.3' }]);
  expect(timeline.messages).toEqual({ total: 0, lives: [] });
});

test('is made for a page alone, too', async () => {
  const cwd = folderWith({ 'a.yaml': LOSSY });
  await runRedrill(['run', 'a.yaml', '--url', inject('serverUrl'), '--report', 'html=run.html'], { cwd });
  const page = readFileSync(path.join(cwd, 'run.html'), 'utf8');
  expect(page).toContain('"bucketMs"');
  expect(page).toContain('"kind":"lost"');
});
