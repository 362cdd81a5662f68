/**
 * Measures how long after a save its case has run again, beside none and beside a thousand other files: `npm run bench`.
 * Prints a table; a speed never decides whether a test passes.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { median, quietEnvironment } from './paired.js';
import { type Row, report } from './report.js';

const BIN = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../dist/bin.cjs');
const ROUNDS = 21;
const STEPS = '  - command: SET key value\n    expect: OK\n'.repeat(20);

/** Median and worst of the milliseconds from a save to the end of its run. */
async function fromSaveToEnd(others: number): Promise<readonly [number, number]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'redrill-bench-'));
  const scenario = (name: string) => `name: ${name}\nsteps:\n${STEPS}`;
  const file = path.join(folder, 'saved.yaml');
  writeFileSync(file, scenario('saved'));
  for (let other = 0; other < others; other++)
    writeFileSync(path.join(folder, `other-${other}.yaml`), scenario('other'));
  const child = spawn('node', [BIN, 'watch', '.', '--report', 'ndjson'], {
    cwd: folder,
    env: quietEnvironment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  try {
    let ended = 0;
    let waits = 0;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      ended += text.split('"type":"run.finished"').length - 1;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      waits += text.split('Watching ').length - 1;
    });
    while (waits === 0) await sleep(5);
    const times: number[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      writeFileSync(`${file}~`, scenario(`saved ${round}`));
      const start = performance.now();
      renameSync(`${file}~`, file);
      while (ended <= round) await sleep(1);
      times.push(performance.now() - start);
      while (waits <= round) await sleep(1);
    }
    return [median(times), Math.max(...times)];
  } finally {
    child.kill('SIGINT');
    await once(child, 'exit');
    rmSync(folder, { recursive: true, force: true });
  }
}

const table: Record<string, Row> = {};
for (const others of [0, 1_000]) {
  const [middle, worst] = await fromSaveToEnd(others);
  const name = `from a save to the end of its run of 20 steps, ms, beside ${others} files`;
  table[name] = { median: middle.toFixed(0), worst: worst.toFixed(0), wanted: 'under 300' };
}
report('watch', table);
