/**
 * Measures what the runner costs, side by side on this machine: `npm run bench`.
 * Prints a table; a speed never decides whether a test passes.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startTestServer } from '../support/server.js';
import { type Command, median, pair, quietEnvironment, timeOf } from './paired.js';
import { report } from './report.js';

const BIN = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../dist/bin.cjs');
const ROUNDS = 15;
const FILES = 200;
const STEPS = 10;

/** The same commands, sent by ioredis one after the other, each file on a connection of its own. */
const REFERENCE = `
import { Redis } from '${import.meta.resolve('ioredis')}';
const redis = new Redis(process.argv[2]);
for (let file = 0; file < ${FILES}; file++) {
  for (let step = 0; step < ${STEPS}; step++) await redis.call('SET', 'bench:' + file + ':' + step, 'value');
}
await redis.unlink(Array.from({ length: ${FILES * STEPS} }, (_, n) => 'bench:' + Math.floor(n / ${STEPS}) + ':' + (n % ${STEPS})));
await redis.quit();
`;

/** Medians of a bare `node -e 0`, and of a run until its first bytes reach the server. */
async function firstCommand(cwd: string, env: Command['env']): Promise<readonly [number, number]> {
  let arrived: (() => void) | undefined;
  const listener = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      arrived?.();
      socket.destroy();
    });
  });
  await once(listener.listen(0, '127.0.0.1'), 'listening');
  const { port } = listener.address() as AddressInfo; // it listens on TCP
  const bare: number[] = [];
  const first: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    bare.push(timeOf({ run: ['node', '-e', '0'] }, cwd));
    const start = process.hrtime.bigint();
    const reached = new Promise<number>((resolve) => {
      arrived = () => resolve(Number(process.hrtime.bigint() - start) / 1e6);
    });
    const child = spawn('node', [BIN, 'run', 'one.yaml', '--url', `redis://127.0.0.1:${port}`], {
      cwd,
      env: { ...quietEnvironment, ...env },
      stdio: 'ignore',
    });
    first.push(await reached);
    await once(child, 'exit');
  }
  listener.close();
  return [median(bare), median(first)];
}

const folder = mkdtempSync(path.join(tmpdir(), 'redrill-bench-'));
// What it remembers of these runs, as of any project, and of nothing else that ran on this machine.
const env = { REDRILL_CACHE: path.join(folder, 'cache') };
await using server = await startTestServer();
try {
  writeFileSync(path.join(folder, 'one.yaml'), 'name: one\nsteps:\n  - command: PING\n    expect: PONG\n');
  writeFileSync(path.join(folder, 'reference.mjs'), REFERENCE);
  const steps = Array.from({ length: STEPS }, (_, step) => `  - command: SET key${step} value\n    expect: OK\n`).join(
    '',
  );
  for (let file = 0; file < FILES; file++)
    writeFileSync(path.join(folder, `many-${file}.yaml`), `name: file ${file}\nsteps:\n${steps}`);

  const [bareFirst, first] = await firstCommand(folder, env);
  const [bare, validate, run] = pair(
    [
      { run: ['node', '-e', '0'] },
      { run: ['node', BIN, 'validate', 'one.yaml'], env },
      { run: ['node', BIN, 'run', 'one.yaml', '--url', server.url], env },
    ],
    folder,
    ROUNDS,
  );
  const [reference, many] = pair(
    [
      { run: ['node', 'reference.mjs', server.url] },
      { run: ['node', BIN, 'run', 'many-*.yaml', '--url', server.url], env },
    ],
    folder,
    5,
  );
  report('run', {
    'validate one file / bare node': { ratio: (validate! / bare!).toFixed(2), wanted: 'at most 3' },
    'first command sent / bare node': { ratio: (first / bareFirst).toFixed(2), wanted: 'at most 2.5' },
    'run one file, whole process / bare node': { ratio: (run! / bare!).toFixed(2), wanted: '' },
    [`overhead of a step in ${FILES} files of ${STEPS} steps, ms`]: {
      ratio: ((many! - reference!) / (FILES * STEPS)).toFixed(3),
      wanted: 'under 0.3',
    },
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
