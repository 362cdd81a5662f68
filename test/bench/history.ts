/**
 * Measures what a long history costs: `npm run bench`. Records 5 million events of 1.25 million messages, each pushed,
 * delivered and completed, and has them judged in one reading, in one process.
 */
import { checkers as builtins } from '../../src/builtins.js';
import type { Checker } from '../../src/contracts/checker.js';
import { runChecks } from '../../src/engine/check.js';
import { createRecorder } from '../../src/history/recorder.js';
import { report } from './report.js';

const MESSAGES = 1_250_000;
const ACTORS = ['work/1', 'work/2', 'work/3', 'work/4'];
/** How far behind the producer the workers are. */
const LAG = 10_000;
const LEASE_MS = 1_000;
const CHECKERS = ['total-queue', 'at-least-once', 'order', 'early-redelivery'];

/** Seconds of wall clock, and of processor, which other programs on the machine change less. */
interface Spent {
  readonly wall: number;
  readonly processor: number;
}

async function timed<T>(run: () => Promise<T> | T): Promise<readonly [T, Spent]> {
  const start = performance.now();
  const before = process.cpuUsage();
  const result = await run();
  const { user, system } = process.cpuUsage(before);
  return [result, { wall: (performance.now() - start) / 1e3, processor: (user + system) / 1e6 }];
}

const shown = ({ wall, processor }: Spent): string => `${wall.toFixed(2)} (${processor.toFixed(2)})`;
const peakMiB = (): number => process.resourceUsage().maxRSS / 1_024;

using recorder = createRecorder();
const push = recorder.forStep('push');
const work = recorder.forStep('work');

/** A message takes a microsecond: the queue is first in, first out. */
function record(): void {
  for (let now = 0; now < MESSAGES + LAG; now++) {
    if (now < MESSAGES) recordPush(now, now / 1_000);
    if (now >= LAG) recordWork(now - LAG, now / 1_000);
  }
}

// Literals, as producers and workers write them: to make an object of parts costs more than to record it.
function recordPush(number: number, time: number): void {
  const message = `push-${number}`;
  push.record({
    phase: 'invoke',
    operation: 'push',
    target: 'orders',
    message,
    time,
    process: 1,
    attempt: 0,
    actor: 'push',
    hash: Math.imul(number, 2_654_435_761) >>> 0,
    connection: 1,
  });
  push.record({
    phase: 'ok',
    operation: 'push',
    target: 'orders',
    message,
    time: time + 0.2,
    process: 1,
    attempt: 0,
    actor: 'push',
    connection: 1,
  });
}

function recordWork(number: number, time: number): void {
  const message = `push-${number}`;
  const worker = number % ACTORS.length;
  const actor = ACTORS[worker]!;
  const entryId = `${1_700_000_000_000 + number}-0`;
  work.record({
    phase: 'ok',
    operation: 'deliver',
    target: 'orders',
    message,
    time: time + 0.3,
    since: time + 0.2,
    process: 2 + worker,
    attempt: 1,
    actor,
    notBefore: time + LEASE_MS,
    entryId,
    connection: 2 + worker,
  });
  work.record({
    phase: 'ok',
    operation: 'complete',
    target: 'orders',
    message,
    time: time + 0.4,
    process: 2 + worker,
    attempt: 1,
    actor,
    entryId,
    connection: 2 + worker,
  });
}

const before = peakMiB();
const [, recording] = await timed(record);
const look = {
  operation: 'look',
  target: 'orders',
  message: '',
  time: 1e9,
  process: 1,
  attempt: 0,
  actor: 'look',
} as const;
work.record({ phase: 'invoke', ...look });
work.record({ phase: 'ok', ...look });
const recorded = peakMiB();

const asked = process.argv.length > 2 ? process.argv.slice(2) : CHECKERS;
const requests = asked.map((checker) => ({ checker, options: { queue: 'orders', order: 'fifo' } }));
const loaded = new Map<string, Checker>();
for (const { name, load } of builtins) if (asked.includes(name)) loaded.set(name, await load());
const [reports, checking] = await timed(() => runChecks(recorder.view(), requests, async () => loaded));

console.table(
  Object.fromEntries(reports.map(({ verdict, reasons }, at) => [asked[at], { verdict, reason: reasons[0] ?? '' }])),
);
report('history', {
  events: { measured: recorder.size.toLocaleString('en'), wanted: '' },
  'recording, s (of processor)': { measured: shown(recording), wanted: '' },
  'recording, ns of processor an event': {
    measured: ((recording.processor * 1e9) / recorder.size).toFixed(0),
    wanted: 'under 1000',
  },
  'checking, s (of processor)': { measured: shown(checking), wanted: 'at most 10' },
  'memory before, MiB': { measured: before.toFixed(0), wanted: '' },
  'peak after recording, MiB': { measured: recorded.toFixed(0), wanted: '' },
  'peak, MiB': { measured: peakMiB().toFixed(0), wanted: 'at most 400' },
});
