/**
 * Measures a functional check of twenty steps, whole process, beside the same checks as one would write them with
 * vitest and ioredis, bats and redis-cli, pytest and redis-py: `npx tsx test/bench/check.ts [rounds]`, after
 * `npm run bundle`. What is not installed is left out. Prints ratios; a speed never decides whether a test passes.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startTestServer } from '../support/server.js';
import { type Command, pair } from './paired.js';
import { type Row, report } from './report.js';

const ROOT = path.resolve(import.meta.dirname, '../..');
const BIN = path.join(ROOT, 'dist/bin.cjs');
const CHECKS = path.join(import.meta.dirname, 'check');
const rounds = Number(process.argv[2] ?? 9);

const folder = mkdtempSync(path.join(tmpdir(), 'redrill-bench-'));
await using server = await startTestServer();
try {
  for (const [from, to] of [
    ['check.yaml', 'check.yaml'],
    ['check.spec.ts', 'check.test.ts'],
    ['check.bats', 'check.bats'],
    ['test_check.py', 'test_check.py'],
  ] as const)
    copyFileSync(path.join(CHECKS, from), path.join(folder, to));
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
  writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}');

  const python = ['/usr/bin/python3', 'python3'].find((name) => works([name, '-c', 'import redis, pytest']));
  const others: readonly (readonly [name: string, wanted: string, run: readonly string[] | undefined])[] = [
    ['vitest + ioredis', 'at most 0.2', ['node', 'node_modules/vitest/vitest.mjs', 'run']],
    ['bats + redis-cli', 'at most 0.2', works(['bats', '--version']) ? ['bats', 'check.bats'] : undefined],
    [
      'pytest + redis-py',
      'at most 0.5',
      python === undefined ? undefined : [python, '-m', 'pytest', '-q', '-p', 'no:cacheprovider'],
    ],
    ['bare node', '', ['node', '-e', '0']],
  ];
  const { port, password } = new URL(server.url);
  const env = { REDIS_URL: server.url, REDIS_PORT: port, REDISCLI_AUTH: decodeURIComponent(password) };
  const commands: Command[] = [
    // With what it remembers of these checks, as of any project, and of nothing else that ran on this machine.
    {
      run: ['node', BIN, 'run', 'check.yaml', '--url', server.url],
      env: { REDRILL_CACHE: path.join(folder, 'cache') },
    },
    ...others.flatMap(([, , run]) => (run ? [{ run, env }] : [])),
  ];
  const [own, ...times] = pair(commands, folder, rounds);
  const rows: Record<string, Row> = { 'twenty checks': { ms: own!.toFixed() } };
  for (const [name, wanted, run] of others) {
    if (!run) console.log(`not beside ${name}: it is not installed`);
    else {
      const theirs = times.shift()!;
      rows[`beside ${name}`] = { ratio: (own! / theirs).toFixed(2), wanted, ms: theirs.toFixed() };
    }
  }
  report('check', rows);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function works([program = '', ...args]: readonly string[]): boolean {
  return spawnSync(program, args).status === 0;
}
