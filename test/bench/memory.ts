/**
 * Measures the memory that recording many messages takes, over what the process had before; how fast producers on the
 * wire are with it; and what an event of theirs takes by itself. `npx tsx --expose-gc test/bench/memory.ts [messages]`.
 * Prints a table; a speed never decides whether a test passes.
 */
import type { Target } from '../../src/contracts/target.js';
import { createRecorder } from '../../src/history/recorder.js';
import { Body } from '../../src/steps/bulk/body.js';
import { PushHistory } from '../../src/steps/bulk/history.js';
import { pubsubPublish } from '../../src/steps/pubsub/publish.js';
import { queuePush } from '../../src/steps/queue/push.js';
import { openContextAt } from '../steps/context-at.js';
import { constant } from '../steps/fields.js';
import { pushInput } from '../steps/queue/inputs.js';
import { startTestServer } from '../support/server.js';
import { type Row, report } from './report.js';

const count = Number(process.argv[2] ?? 1_000_000);
const BODY_BYTES = 64;
const size = constant(BODY_BYTES);
/** Messages that are sent, and answered, together. */
const BATCH = 64;
const MIB = 2 ** 20;

await using target: Target = await startTestServer();

type Opened = Awaited<ReturnType<typeof openContextAt>>;
type Send = (opened: Opened) => Promise<{ readonly throughput: number }>;
const parts: Readonly<Record<string, Send>> = {
  'queue.push, list': ({ context }) => queuePush.run(pushInput({ count, size }), context),
  'queue.push, stream': ({ context }) => queuePush.run(pushInput({ backend: 'stream', count, size }), context),
  'pubsub.publish': ({ context }) =>
    pubsubPublish.run({ channel: 'news', count, size, publishers: 1, envelope: 'redrill' }, context),
};

globalThis.gc?.();
const idle = process.memoryUsage.rss();

async function measure(send: Send): Promise<Row> {
  await using opened = await openContextAt(target.url);
  let peak = idle;
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 20);
  const before = process.cpuUsage();
  const { throughput } = await send(opened);
  clearInterval(watch);
  const { user, system } = process.cpuUsage(before);
  if (opened.recorder.size !== 2 * count) throw new Error(`${opened.recorder.size} events of ${count} messages`);
  return {
    'over idle, MiB': ((peak - idle) / MIB).toFixed(0),
    wanted: 'at most 150',
    'k/s': (throughput / 1_000).toFixed(0),
    'µs of processor each': ((user + system) / count).toFixed(2),
  };
}

/** Of what producers on the wire record, with nothing else: messages have these bodies in turn. */
function recordAlone(bodies: readonly Body[], bodyBytes: number): Row {
  using recorder = createRecorder({ memoryBytes: Number.POSITIVE_INFINITY });
  const history = new PushHistory(recorder, { target: 'news', actor: 'publisher-1' }, 'publish/publisher-1');
  globalThis.gc?.(); // what was there before must not go meanwhile
  const buffers = process.memoryUsage().arrayBuffers;
  const before = process.cpuUsage();
  for (let start = 0; start < count; start += BATCH) {
    const end = Math.min(start + BATCH, count);
    for (let sequence = start; sequence < end; sequence++)
      history.sent(sequence, start, bodies[sequence % bodies.length]!, null);
    for (let sequence = start; sequence < end; sequence++) history.settled('ok', sequence, start + 0.5, null);
  }
  const { user, system } = process.cpuUsage(before);
  const held = process.memoryUsage().arrayBuffers - buffers - count * bodyBytes;
  return {
    'ns of processor an event': (((user + system) * 1_000) / recorder.size).toFixed(0),
    'bytes an event, without bodies': (held / recorder.size).toFixed(1),
    wanted: 'under 100; 24',
  };
}

function bodyOf(letter: string): Body {
  const body = new Body();
  body.set(letter.repeat(BODY_BYTES));
  return body;
}

const rows: Record<string, Row> = {};
for (const [name, send] of Object.entries(parts)) rows[`${count} messages, ${name}`] = await measure(send);
rows[`${count} messages, recorded alone, one body`] = recordAlone([bodyOf('x')], 0);
rows[`${count} messages, recorded alone, bodies that differ`] = recordAlone([bodyOf('x'), bodyOf('y')], BODY_BYTES);
report('memory', rows);
