/** A program with a managed server, ended in the way that its first argument says; prints a line for each stage. */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { containerKind } from '../../src/targets/container/kind.js';
import { containerTarget } from '../../src/targets/container.js';
import { parseShorthand } from '../../src/targets/managed/shorthand.js';
import { managedTarget } from '../../src/targets/managed.js';

const [way, delayMs = '0', kind = 'managed:standalone'] = process.argv.slice(2);
const options = { signal: new AbortController().signal, notice: () => {} };
const opening = kind.startsWith('container:')
  ? containerTarget.open(containerKind.shorthand!(kind.slice('container:'.length)), options)
  : managedTarget.open(parseShorthand(kind.slice('managed:'.length)), options);

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
