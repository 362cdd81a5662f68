import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Target } from '../../src/contracts/target.js';
import { openConnection } from '../../src/redis/connection.js';
import { addressOf } from '../../src/redis/url.js';
import type { ContainerConfig } from '../../src/targets/container/config.js';
import { connectDocker, type Docker } from '../../src/targets/container/docker.js';
import { containerProgram } from '../../src/targets/container/run.js';
import { containerTarget } from '../../src/targets/container.js';
import { openInContainers } from '../../src/targets/managed/instead.js';
import { drawUp, serverPlan } from '../../src/targets/servers/plan.js';
import { findFreePort } from '../../src/targets/servers/ports.js';
import { settle } from '../../src/targets/servers/settings.js';
import { startServer } from '../../src/targets/servers/start.js';
import { containersOf, hasImage, imageName, makeImages, noDocker } from '../support/docker.js';
import { listProcesses } from '../support/processes.js';
import { isRequired } from '../support/required.js';

const PROGRAM = fileURLToPath(new URL('hold-server.ts', import.meta.url));
const { signal } = new AbortController();
const image = imageName();
/** Seven containers take their time on a busy machine. */
const TIMEOUT_MS = 120_000;

describe('a server in a container', { timeout: TIMEOUT_MS }, () => {
  let images: AsyncDisposable;
  beforeAll(async () => {
    if (noDocker === undefined) images = await makeImages(image);
  }, TIMEOUT_MS);
  afterAll(() => images?.[Symbol.asyncDispose]());
  beforeEach(({ skip }) => skip(noDocker !== undefined, noDocker));
  afterEach(async () => {
    if (noDocker === undefined) expect(await containersOf(image)).toEqual([]);
  });

  const open = (config: Partial<ContainerConfig> = {}): Promise<Target> =>
    containerTarget.open({ image, ...config }, { signal, notice: () => {} });

  test('is open to who knows the password, on the loopback, and goes with its container', async () => {
    await using target = await open({ config: { maxmemory: '10mb' } });
    expect([target.kind, target.ours, target.capabilities]).toEqual([
      'container',
      true,
      ['configure', 'pause', 'kill', 'restart'],
    ]);
    expect(await call(target, 'DEBUG', 'SLEEP', '0')).toBe('OK');
    expect(await call(target, 'CONFIG', 'GET', 'maxmemory')).toMatchObject({ maxmemory: '10485760' });
    expect(new URL(target.url).hostname).toBe('127.0.0.1');
    expect(await containersOf(image)).toHaveLength(1);
  });

  test('can be changed, paused, killed and started again with what it kept', async () => {
    await using target = await open({ persistence: 'aof' });
    const node = target.node!('primary');
    await node.configure({ maxmemory: '20mb', appendfsync: 'always' });
    await call(target, 'SET', 'key', 'kept');
    await node.pause();
    const client = new Redis(target.url);
    onTestFinished(() => client.disconnect());
    const answer = client.get('key');
    expect(await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 50, 'silent'))])).toBe('silent');
    await node.resume();
    expect(await answer).toBe('kept');
    client.disconnect();
    await node.pause();
    await node.kill();
    expect(node.running).toBe(false);
    await expect(node.pause()).rejects.toThrow('is not running');
    await node.restart();
    expect(await call(target, 'GET', 'key')).toBe('kept');
    await node.restart();
    expect(await node.role()).toBe('primary');
  });

  test('has another one for a case of its own', async () => {
    await using target = await open();
    await using own = await target.own!();
    expect(own.address).not.toBe(target.address);
    await call(own, 'SET', 'key', 'own');
    expect(await call(target, 'GET', 'key')).toBeNull();
  });

  test('is a cluster whose nodes can be reached where they say that they are', async () => {
    await using target = await open({ topology: 'cluster', shards: 3, replicas: 1, tls: true });
    expect(await containersOf(image)).toHaveLength(7);
    await using connection = await openConnection(addressOf(target), { name: 'container.test' });
    const keys = Array.from({ length: 60 }, (_, index) => `key:${index}`);
    for (const key of keys) expect(await connection.call(['SET', key, key])).toBe('OK');
    const places = target.nodes!.map(({ address }) => address).sort();
    const told = String(await connection.call(['CLUSTER', 'NODES'])).matchAll(/^\w+ ([\d.:]+)@/gm);
    expect([...told].map(([, place]) => place).sort()).toEqual(places);
    expect(await target.node!('shard-1-primary').failover()).toBe('shard-1-replica-1');
    for (const key of keys) expect(await connection.call(['GET', key])).toBe(key);
    const lost = target.node!('shard-2-replica-1');
    await lost.kill();
    await lost.restart();
    expect(await lost.role()).toBe('replica');
  });

  test('is a primary that Sentinels watch', async () => {
    await using target = await open({ topology: 'sentinel' });
    expect(await call(target, 'SET', 'key', 'value')).toBe('OK');
    expect(await target.node!('primary').failover()).toBe('replica-1');
    await expect.poll(() => call(target, 'SET', 'key', 'other').catch(String), { timeout: 20_000 }).toBe('OK');
  });

  test('goes to another port when the first is taken', async () => {
    using docker = await connectDocker(signal);
    const taken = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void taken.close());
    await once(taken, 'listening');
    const address = taken.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const ports = [port, await findFreePort()];
    const server = await startServer(program(docker), serverPlan(drawUp(settle({}, 'container'))), {
      signal,
      findPort: async () => ports.shift()!,
    });
    expect([server.port === port, ports]).toEqual([false, []]);
    await server.stop();
  });

  const program = (docker: Docker) =>
    containerProgram(docker, { image, command: 'redis-server' }, { publish: (port) => [port] });

  test('stands in where no server is installed', async ({ skip }) => {
    const usual = 'valkey/valkey:8';
    const isThere = await hasImage(usual);
    // On a user's machine nothing is made that others would take for the real one.
    if (!isThere && !isRequired('docker')) skip(`Docker has no image ${usual}`);
    await using _ = isThere ? undefined : await makeImages(usual);
    const config = { engine: 'valkey', topology: 'replicas', tls: true } as const;
    await using target = await openInContainers(config, config, { signal, notice: () => {} });
    expect([target.kind, target.nodes?.length]).toEqual(['managed', 2]);
    expect(await call(target, 'SET', 'key', 'value')).toBe('OK');
  });

  test('leaves nothing when the run is stopped in the middle of its start', async () => {
    const controller = new AbortController();
    const config = { image, topology: 'cluster' } as const;
    const opening = containerTarget.open(config, { signal: controller.signal, notice: () => {} });
    const outcome = expect(opening).rejects.toThrow('stopped by the user');
    await expect.poll(() => containersOf(image), { timeout: 30_000 }).not.toEqual([]);
    controller.abort(new Error('stopped by the user'));
    await outcome;
  });

  test('goes when its program is killed at any moment of the start', async () => {
    const start = (delayMs: number, words: string) => {
      const args = ['--import', 'tsx', PROGRAM, 'die-early', String(delayMs), `container:${image}${words}`];
      return spawn(process.execPath, args, { stdio: 'inherit' });
    };
    const programs = [
      ...[0, 1_000, 1_500, 2_000, 2_500].map((delayMs) => start(delayMs, '')),
      ...[2_000, 4_000, 6_000].map((delayMs) => start(delayMs, '+cluster')),
    ];
    for (const program of programs) {
      if (program.signalCode === null) await once(program, 'close');
      expect(program.signalCode).toBe('SIGKILL');
    }
    for (const { pid = 0 } of programs) await expectGone(pid);
  });

  test('goes when its program is killed once it is open', async () => {
    const args = ['--import', 'tsx', PROGRAM, 'hold', '0', `container:${image}+replicas`];
    const held = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(held.stdout, 'data');
    expect(await containersOf(image)).toHaveLength(3);
    held.kill('SIGKILL');
    await once(held, 'close');
    await expectGone(held.pid!);
  });

  /** Docker may be about to make one still when the program is killed: the watchdog waits for it. */
  const expectGone = async (pid: number): Promise<void> => {
    await expect.poll(() => watchdogsOf(pid), { timeout: 60_000, interval: 100 }).toEqual([]);
  };
});

const watchdogsOf = (pid: number) =>
  listProcesses().filter(({ command, state }) => state !== 'Z' && command.endsWith(`redrill-watchdog ${pid}`));

async function call(target: Target, ...command: string[]): Promise<unknown> {
  await using connection = await openConnection(addressOf(target), { name: 'container.test' });
  return await connection.call(command);
}
