/** A program with a managed server, ended in the way that its first argument says; prints a line for each stage. */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { findContainer } from '../../src/targets/managed/container.js';
import { parseShorthand } from '../../src/targets/managed/shorthand.js';
import { managedTarget } from '../../src/targets/managed.js';
import { drawUp, serverPlan } from '../../src/targets/servers/plan.js';
import { settle } from '../../src/targets/servers/settings.js';
import { startServer } from '../../src/targets/servers/start.js';

const [way, delayMs = '0', kind = 'managed:standalone'] = process.argv.slice(2);
const options = { signal: new AbortController().signal, notice: () => {} };
const opening = kind === 'container' ? openContainer() : managedTarget.open(parseShorthand(kind), options);

async function openContainer(): Promise<AsyncDisposable> {
  const server = await startServer(
    (await findContainer('auto', options.notice))!,
    serverPlan(drawUp(settle({}, 'managed'))),
    options,
  );
  return { [Symbol.asyncDispose]: server.stop };
}

if (way === 'die-early') {
  await sleep(Number(delayMs));
  process.kill(process.pid, 'SIGKILL');
}
const target = await opening;
if (way === 'teardown') {
  process.on('SIGINT', () => console.log('interrupted'));
  process.stdin.once('data', async () => {
    await target[Symbol.asyncDispose]();
    process.exit(130);
  });
}
console.log('open');
if (way === 'throw') throw new Error('thrown on purpose');
if (way === 'exit') process.exit(7);
if (way === 'dispose') {
  await target[Symbol.asyncDispose]();
  // What keeps a process from its end.
  console.log(
    'left',
    process.getActiveResourcesInfo().filter((name) => /Timeout|TCP|Process/.test(name)),
  );
  process.exit(0);
}
if (way === 'child') console.log('child', spawn('sleep', ['60'], { stdio: 'ignore', detached: true }).pid);
await new Promise(() => setInterval(() => {}, 1_000));
