/**
 * Measures open loops: whether the rate is held and how late the generator itself is; and what an open loop and a closed
 * one say of a server that pauses for 200 ms. `npx tsx test/bench/open.ts [seconds] [rate…]`.
 * Prints a table; a speed never decides whether a test passes.
 */
import type { Target } from '../../src/contracts/target.js';
import { addressOf } from '../../src/redis/url.js';
import { fillerText } from '../../src/wire/command/hole.js';
import { mixOf } from '../../src/wire/command/mix.js';
import { CommandTemplate } from '../../src/wire/command/template.js';
import type { RunPlan } from '../../src/wire/plan.js';
import type { Run } from '../../src/wire/run.js';
import { Wire } from '../../src/wire/wire.js';
import { startTestServer } from '../support/server.js';
import { type Row, report } from './report.js';

const [seconds = '10', ...given] = process.argv.slice(2);
const forMs = Number(seconds) * 1_000;
const rates = given.length > 0 ? given.map(Number) : [1_000, 10_000, 100_000];
const PAUSE_MS = 200;
const PAUSED_RATE = 1_000;

await using target: Target = await startTestServer();
const [node] = target.nodes ?? [];
const mix = mixOf([{ template: new CommandTemplate(['SET', 'bench:key', fillerText(64)]), weight: 1 }], 1);

async function measure(plan: Partial<RunPlan>, during: (run: Run) => Promise<void> = async () => {}): Promise<Run> {
  const options = { name: 'bench', clients: 50, pipeline: 16, now: () => performance.now() };
  using wire = await Wire.open(addressOf(target), options);
  const run = wire.run({ mix, ...plan });
  await during(run);
  await run.finished;
  return run;
}

const atRate = (rate: number): Partial<RunPlan> => ({
  arrivals: { stages: [{ forMs, from: rate, to: rate }], arrival: 'constant', seed: 1 },
  latestMs: forMs + 1_000,
});

async function pauseInTheMidst(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, forMs / 2));
  node!.pause();
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  node!.resume();
}

const rows: Record<string, Row> = {};
for (const rate of rates) {
  const run = await measure(atRate(rate));
  const sent = run.tally.lag.total - run.unsent;
  const tookMs = Math.max(forMs, run.lastSentMs - run.startMs);
  rows[`${rate}/s`] = {
    'held, %': (((sent * 1_000) / tookMs / rate) * 100).toFixed(2),
    wanted: 'at least 99.9',
    'own lag p99, ms': run.tally.lag.percentile(0.99).toFixed(3),
    'wanted ': rate <= 10_000 ? 'at most 0.5' : '',
    'latency p99, ms': run.tally.latency().percentile(0.99).toFixed(3),
  };
}
const pauses = { open: atRate(PAUSED_RATE), closed: { forMs } };
for (const [loop, plan] of Object.entries(pauses)) {
  const latency = (await measure(plan, pauseInTheMidst)).tally.latency();
  rows[`${PAUSE_MS} ms pause, ${loop} loop`] = {
    'latency p99, ms': latency.percentile(0.99).toFixed(3),
    'latency max, ms': latency.max.toFixed(3),
  };
}
report('open', rows);
