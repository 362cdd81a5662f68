/**
 * Runs queues whose workers crash, with one seed after the other: `npm run soak [-- ROUNDS]`.
 * The naive list must fail and name every lost message, the reliable ones must pass, in each round; the same seed must
 * strike the same messages.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Report } from '../../src/reporters/json.schema.js';

const here = import.meta.dirname;
const BIN = path.resolve(here, '../../dist/bin.cjs');
const LOST = 5;
const rounds = Number(process.argv[2] ?? 100);
const folder = mkdtempSync(path.join(tmpdir(), 'redrill-soak-'));
const wrong: string[] = [];
let clean = 0;

function run(seed: number): Report {
  const report = path.join(folder, 'report.json');
  const history = path.join(folder, 'history');
  rmSync(history, { recursive: true, force: true });
  const args = [BIN, 'run', path.join(here, 'reliable.yaml'), '--seed', String(seed), '--history', history];
  spawnSync(process.execPath, [...args, '--report', `json=${report}`], { encoding: 'utf8' });
  return JSON.parse(readFileSync(report, 'utf8')) as Report; // what it just wrote
}

/** Which messages failed or went down with their worker, at which attempt, in each case. */
function strikes(): string {
  const history = path.join(folder, 'history');
  return readdirSync(history)
    .sort()
    .map((file) =>
      readFileSync(path.join(history, file), 'utf8')
        .split('\n')
        .filter((line) => /"(?:handlerFail|crash)"/.test(line))
        .map((line) => JSON.parse(line) as { message: string; attempt: number; operation: string })
        .map(({ message, attempt, operation }) => `${message} ${attempt} ${operation}`)
        .sort()
        .join('\n'),
    )
    .join('\n\n');
}

for (let seed = 1; seed <= rounds; seed++) {
  for (const { name, tags, verdict, failure } of run(seed).files.flatMap(({ cases }) => cases)) {
    if (tags.includes('reliable')) {
      if (verdict === 'passed') clean++;
      else wrong.push(`seed ${seed}: ${name} is ${verdict}: ${failure?.message}`);
    } else if (verdict !== 'failed' || (failure?.message.match(/push\/\d-\d+(?=[,\n])/g) ?? []).length < LOST) {
      wrong.push(`seed ${seed}: ${name} is ${verdict} and names ${failure?.message}`);
    }
  }
  if (seed % 10 === 0)
    console.log(`${seed} rounds, ${clean} clean runs of reliable queues, ${wrong.length} wrong verdicts`);
}
run(1);
const first = strikes();
run(1);
if (strikes() !== first) wrong.push('the same seed struck other messages');
rmSync(folder, { recursive: true });
for (const line of wrong) console.log(line);
process.exitCode = wrong.length === 0 ? 0 : 1;
