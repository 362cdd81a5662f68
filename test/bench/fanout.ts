/**
 * Measures fan-out with its history on beside a C reader that only counts bytes: the same messages from the same sender
 * to as many subscribers, in turns, so that whatever else the machine does strikes both alike.
 * `npx tsx test/bench/fanout.ts [rounds] [subscribers…]`. Prints medians; a speed never decides whether a test passes.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { HistoryRecorder } from '../../src/contracts/history.js';
import type { Target } from '../../src/contracts/target.js';
import { createNamespace } from '../../src/redis/namespace.js';
import { pubsubPublish } from '../../src/steps/pubsub/publish.js';
import { pubsubSubscribe } from '../../src/steps/pubsub/subscribe.js';
import { encodeMessage } from '../../src/steps/queue/envelope.js';
import { encodeCommand } from '../../src/wire/command/encode.js';
import { openContextAt } from '../steps/context-at.js';
import { startTestServer } from '../support/server.js';
import { median } from './paired.js';
import { report } from './report.js';

const SHAPES: readonly (readonly [subscribers: number, messages: number])[] = [
  [10, 50_000],
  [100, 10_000],
  [1_000, 3_000],
];
const BODY = 'x'.repeat(64);
const CHANNEL = 'bench:channel';

const [given = '5', ...only] = process.argv.slice(2);
const rounds = Number(given);
if (!hasCompiler()) {
  console.log('fan-out is not measured: there is no cc');
  process.exit();
}
const folder = mkdtempSync(path.join(tmpdir(), 'redrill-bench-'));
const program = path.join(folder, 'fanout');
execFileSync('cc', ['-O2', '-o', program, path.join(import.meta.dirname, 'fanout.c')]);
await using target: Target = await startTestServer();
const { port, password } = new URL(target.url);
const run = (...args: readonly (string | number)[]): ChildProcess =>
  spawn(program, args.map(String), {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { REDISCLI_AUTH: password },
  });

function hasCompiler(): boolean {
  try {
    execFileSync('cc', ['--version']);
    return true;
  } catch {
    return false;
  }
}

const messageAt = (sequence: number): string => {
  const now = 1_700_000_000_000 + sequence / 1_000;
  const envelope = { id: `publish/publisher-1-${sequence}`, sequence, key: null, enqueuedAt: now, deliverAt: now };
  return String(encodeMessage({ ...envelope, redriveCount: 0 }, BODY));
};

const file = path.join(folder, 'messages');

/** Writes what is sent, and gives the bytes that a subscriber receives. */
function prepare(messages: number): number {
  const commands: Buffer[] = [];
  let bytes = 0;
  for (let sequence = 0; sequence < messages; sequence++) {
    const message = messageAt(sequence);
    commands.push(encodeCommand(['PUBLISH', CHANNEL, message]));
    bytes += encodeCommand(['message', CHANNEL, message]).length;
  }
  writeFileSync(file, Buffer.concat(commands));
  return bytes;
}

async function done(child: ChildProcess): Promise<void> {
  const [code] = (await once(child, 'exit')) as [number]; // what 'exit' gives
  if (code !== 0) throw new Error(`it ended with ${code}`);
}

/** In seconds, from when the sender starts. */
interface Spent {
  readonly wall: number;
  /** Of the reader, which what else the machine does changes less. */
  readonly processor: number;
}

async function theirs(subscribers: number, messages: number, bytes: number): Promise<Spent> {
  const reader = run('read', port, CHANNEL, subscribers, bytes * subscribers);
  let said = '';
  reader.stdout!.on('data', (text) => {
    said += text;
  });
  await once(reader.stdout!, 'data');
  const start = performance.now();
  await Promise.all([done(reader), done(run('send', port, file, messages))]);
  return { wall: (performance.now() - start) / 1_000, processor: Number(said.split('\n')[1]) };
}

/** As the step that publishes does; here before the time begins. */
function recordPushes(messages: number, history: HistoryRecorder): void {
  const push = { operation: 'push', target: CHANNEL, process: 0, attempt: 0, actor: 'publisher-1', time: 0 } as const;
  for (let sequence = 0; sequence < messages; sequence++) {
    const message = `publish/publisher-1-${sequence}`;
    history.record({ ...push, phase: 'invoke', message });
    history.record({ ...push, phase: 'ok', message });
  }
}

async function ours(subscribers: number, messages: number, send: 'sent by C' | 'published'): Promise<Spent> {
  // Names as they are, so that both hear the same.
  const namespace = createNamespace({ mode: 'literal', token: 'bench', ours: true });
  await using opened = await openContextAt(target.url, { namespace });
  const { context, recorder, actors } = opened;
  await pubsubSubscribe.run({ channels: CHANNEL, subscribers, reads: 'normal' }, context);
  const snapshot = actors[0]!.snapshot as () => { received: number; gaps: number }; // the step's own
  if (send === 'sent by C') recordPushes(messages, context.history);
  const publish = () =>
    send === 'published'
      ? pubsubPublish.run({ channel: CHANNEL, count: messages, publishers: 1, envelope: 'redrill' }, context)
      : done(run('send', port, file, messages));
  const start = performance.now();
  const before = process.cpuUsage();
  const publishing = publish();
  while (snapshot().received < subscribers * messages) await delay(2);
  await publishing;
  const { user, system } = process.cpuUsage(before);
  const spent = { wall: (performance.now() - start) / 1_000, processor: (user + system) / 1e6 };
  if (snapshot().gaps > 0) throw new Error(`${snapshot().gaps} are missing`);
  const events = subscribers * (messages + 1) + 2 * messages;
  if (recorder.size !== events) throw new Error(`${recorder.size} events instead of ${events}`);
  return spent;
}

const table: Record<string, Record<string, string>> = {};
try {
  for (const [subscribers, messages] of SHAPES) {
    if (only.length > 0 && !only.includes(String(subscribers))) continue;
    const bytes = prepare(messages);
    const measured: (readonly [their: Spent, our: Spent, whole: Spent])[] = [];
    for (let round = 0; round <= rounds; round++) {
      const their = await theirs(subscribers, messages, bytes);
      const our = await ours(subscribers, messages, 'sent by C');
      const whole = await ours(subscribers, messages, 'published');
      measured.push([their, our, whole]);
    }
    measured.shift(); // while code was being compiled
    const deliveries = subscribers * messages;
    const perSecond = (place: 0 | 1 | 2) =>
      `${(deliveries / median(measured.map((row) => row[place].wall)) / 1e6).toFixed(2)} M/s`;
    const nanoseconds = (place: 0 | 1 | 2) =>
      ((median(measured.map((row) => row[place].processor)) * 1e9) / deliveries).toFixed(0);
    const ratio = (place: 1 | 2) => median(measured.map((row) => row[0].wall / row[place].wall)).toFixed(2);
    table[`${subscribers} × ${messages}`] = {
      'reader alone': ratio(1),
      wanted: '0.80',
      'with publisher': ratio(2),
      C: perSecond(0),
      'our reader': perSecond(1),
      'our whole': perSecond(2),
      'ns each: C': nanoseconds(0),
      'our reader ': nanoseconds(1),
      'our whole ': nanoseconds(2),
    };
  }
  report('fanout', table);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
