/** A program with a managed server, ended in the way that its first argument says; prints a line for each stage. */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { managedTarget } from '../../src/targets/managed.js';

const [way, delayMs = '0'] = process.argv.slice(2);
const options = { signal: new AbortController().signal, notice: () => {} };
const opening = managedTarget.open({ engine: 'auto' }, options);

if (way === 'die-early') {
  await sleep(Number(delayMs));
  process.kill(process.pid, 'SIGKILL');
}
const target = await opening;
console.log('open');
if (way === 'throw') throw new Error('thrown on purpose');
if (way === 'exit') process.exit(7);
if (way === 'child') console.log('child', spawn('sleep', ['60'], { stdio: 'ignore', detached: true }).pid);
if (way === 'teardown') {
  process.on('SIGINT', () => console.log('interrupted'));
  process.stdin.once('data', async () => {
    await target[Symbol.asyncDispose]();
    process.exit(130);
  });
}
await new Promise(() => setInterval(() => {}, 1_000));
