import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { installedVersion, nameOf, SERVERS } from '../../src/build/servers.js';
import type { Report } from '../../src/reporters/json.schema.js';
import { folderWith, readReport, runRedrill } from '../support/redrill.js';
import { isRequired } from '../support/required.js';
import { configurationOf, GRID } from './targets.js';

/** `npm run grid` has the others, which take too long for each change. */
const FURTHER = ['redis_7_0_sentinel_tls', 'redis_8_0_replicas_tls', 'valkey_8_1_cluster_tls'];
const targets = GRID.filter(
  ({ name, topology, tls }) => (['standalone', 'cluster'].includes(topology) && !tls) || FURTHER.includes(name),
);

const missing: string[] = [];
for (const server of SERVERS) if ((await installedVersion(server)) === undefined) missing.push(nameOf(server));
const isSkipped = missing.length > 0 && !isRequired('servers');

let comparison: Report['comparison'];
let stdout = '';
let removeFolder = (): void => {};
afterAll(() => removeFolder());

beforeAll(async () => {
  if (isSkipped) return;
  const cwd = folderWith({ 'redrill.config.yaml': configurationOf(targets) }, (remove) => {
    removeFolder = remove;
  });
  const scenarios = path.resolve(import.meta.dirname, '../../scenarios');
  const args = ['run', scenarios, '--allow-run', '--matrix-targets', '--report', 'pretty', '--report', 'json=r.json'];
  const finished = await runRedrill(args, { cwd });
  stdout = finished.stdout + finished.stderr;
  comparison = readReport(path.join(cwd, 'r.json')).comparison;
}, 600_000);

test.for(targets.map(({ name }, index) => [name, index] as const))('what ships passes on %s', ([, index], { skip }) => {
  if (isSkipped) skip(`${missing.join(' and ')} not found: npm run servers`);
  expect(comparison?.targets.length, stdout).toBe(targets.length);
  const cases = comparison?.cases.map(({ name, verdicts }) => ({ name, verdict: verdicts[index] })) ?? [];
  expect(cases.length).toBeGreaterThan(30);
  // Python or its client may not be here.
  const expected = cases.filter(({ name, verdict }) => name.includes('language=python') && verdict === 'skipped');
  const others = cases.filter((one) => one.verdict !== 'passed' && !expected.includes(one));
  expect(others, stdout).toEqual([]);
});
