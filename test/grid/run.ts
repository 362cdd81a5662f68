/**
 * Runs all scenarios that ship on every kind of server: `npm run grid [-- WORD… ROUNDS]`, as in
 * `npm run grid -- valkey cluster 3`: on the targets whose names have these words, three times over.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bundle } from '../../src/build/bundle.js';
import { generate } from '../../src/build/generate.js';
import { getServers } from '../../src/build/servers.js';
import { VERDICTS } from '../../src/contracts/result.js';
import type { Report } from '../../src/reporters/json.schema.js';
import { configurationOf, GRID } from './targets.js';

const SCENARIOS = path.resolve(import.meta.dirname, '../../scenarios');
const words = process.argv.slice(2).filter((word) => !/^\d+$/.test(word));
const rounds = Number(process.argv.find((word) => /^\d+$/.test(word)) ?? 1);
const targets = GRID.filter(({ name }) => words.every((word) => name.includes(word)));

if (targets.length === 0) throw new Error(`no target has all of ${words.join(', ')} in its name`);
await getServers();
const folder = mkdtempSync(path.join(tmpdir(), 'redrill-grid-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
writeFileSync(path.join(folder, 'redrill.config.yaml'), configurationOf(targets));
await generate({ check: true }); // what is committed stays as it is
await bundle(path.join(folder, 'program'));

let wrong = 0;
for (let round = 1; round <= rounds; round++) {
  for (const { name } of targets) {
    const report = path.join(folder, 'report.json');
    rmSync(report, { force: true });
    const program = path.join(folder, 'program', 'bin.cjs');
    const args = [program, 'run', SCENARIOS, '--allow-run', '--target', name, '--report', `json=${report}`];
    const begun = performance.now();
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    if (status !== 0) wrong++;
    console.log(
      `${round} ${name.padEnd(26)} exit ${status} in ${seconds} s  ${existsSync(report) ? tell(report) : stderr}`,
    );
  }
}
console.log(wrong === 0 ? 'All passed.' : `${wrong} of ${rounds * targets.length} runs did not pass.`);
process.exitCode = wrong === 0 ? 0 : 1;

/** How many cases have which verdict, then every one that did not pass. */
function tell(file: string): string {
  const report = JSON.parse(readFileSync(file, 'utf8')) as Report; // what it just wrote
  const cases = report.files.flatMap((scenario) => scenario.cases);
  const counts = VERDICTS.map((verdict) => `${cases.filter((one) => one.verdict === verdict).length} ${verdict}`);
  const others = cases.filter(({ verdict }) => verdict !== 'passed');
  const lines = others.map((one) => `    ${one.verdict}: ${one.name}: ${one.reason ?? one.failure?.message}`);
  return [counts.filter((count) => !count.startsWith('0 ')).join(', '), ...lines].join('\n');
}
