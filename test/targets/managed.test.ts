import { once } from 'node:events';
import { statSync } from 'node:fs';
import { connect } from 'node:net';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Target } from '../../src/contracts/target.js';
import { startTestServer } from '../support/server.js';
import { ServerRoom } from './processes.js';

let room: ServerRoom;
beforeEach(() => {
  room = new ServerRoom();
  vi.stubEnv('TMPDIR', room.folder);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await room[Symbol.asyncDispose]();
});

async function withClient<T>(url: string, use: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
  client.on('error', () => {});
  try {
    await client.connect();
    return await use(client);
  } finally {
    client.disconnect();
  }
}

const ping = (target: Target) => withClient(target.url, (client) => client.ping());

test('gives a server of its own on the loopback, with a password that only its URL shows', async () => {
  await using target = await startTestServer();
  expect(target.kind).toBe('managed');
  expect(target.ours).toBe(true);
  expect(target.address).toMatch(/^127\.0\.0\.1:\d+$/);
  expect(target.secrets).toHaveLength(1);
  expect(target.url).toBe(`redis://:${target.secrets[0]}@${target.address}`);
  expect(await ping(target)).toBe('PONG');
  const stranger = connect({ host: '127.0.0.1', port: Number(target.address.split(':')[1]) }, () =>
    stranger.write('PING\r\n'),
  );
  const [reply] = await once(stranger, 'data');
  expect(String(reply)).toBe('-NOAUTH Authentication required.\r\n');
  stranger.destroy();
});

test('keeps nothing, tells of expiry, and allows DEBUG', async () => {
  await using target = await startTestServer();
  const settings = await withClient(target.url, async (client) => {
    await client.call('DEBUG', 'SLEEP', '0');
    return await Promise.all(
      ['save', 'appendonly', 'bind', 'notify-keyspace-events'].map((name) => client.config('GET', name)),
    );
  });
  expect(settings.flat()).toEqual([
    ...['save', ''],
    ...['appendonly', 'no'],
    ...['bind', '127.0.0.1'],
    ...['notify-keyspace-events', 'xeKE'],
  ]);
});

test('shows neither the folder nor the password to other users', async () => {
  await using target = await startTestServer();
  const [folder] = room.folders();
  expect(statSync(folder!).mode & 0o777).toBe(0o700);
  expect(
    room
      .processes()
      .map(({ command }) => command)
      .join('\n'),
  ).not.toContain(target.secrets[0]);
});

test('removes the server and its folder when disposed, and may be disposed twice', async () => {
  const target = await startTestServer();
  expect(room.servers()).toHaveLength(1);
  expect(room.folders()).toHaveLength(1);
  await target[Symbol.asyncDispose]();
  expect([...room.processes(), ...room.folders()]).toEqual([]);
  await target[Symbol.asyncDispose]();
});

test('gives further servers, each with a life of its own', async () => {
  const first = await startTestServer();
  await using second = await first.own!();
  expect(second.address).not.toBe(first.address);
  expect(second.secrets).not.toEqual(first.secrets);
  await withClient(first.url, (client) => client.set('key', 'first'));
  expect(await withClient(second.url, (client) => client.get('key'))).toBeNull();
  await first[Symbol.asyncDispose]();
  expect(await ping(second)).toBe('PONG');
  await using third = await second.own!();
  expect(await ping(third)).toBe('PONG');
});

test('stops a server in the middle of a background save', async () => {
  const target = await startTestServer();
  await withClient(target.url, async (client) => {
    await client.call('DEBUG', 'POPULATE', '200000');
    await client.config('SET', 'rdb-key-save-delay', '100');
    await client.bgsave();
  });
  await expect.poll(() => room.processes().some(({ command }) => command.includes('bgsave'))).toBe(true);
  await target[Symbol.asyncDispose]();
});

test.each(['SIGKILL', 'SIGTERM', 'SIGSTOP'] as const)('disposes of a server that got %s', async (signal) => {
  const target = await startTestServer();
  process.kill(room.servers()[0]!.pid, signal);
  if (signal !== 'SIGSTOP') await expect.poll(() => room.servers()).toEqual([]);
  await target[Symbol.asyncDispose]();
});

test.each(['SIGSTOP', 'SIGTERM'] as const)('disposes of a server whose supervisor got %s', async (signal) => {
  const target = await startTestServer();
  process.kill(room.supervisors()[0]!.pid, signal);
  expect(await ping(target)).toBe('PONG');
  await target[Symbol.asyncDispose]();
});

test('leaves no server without its supervisor', async () => {
  const target = await startTestServer();
  process.kill(room.supervisors()[0]!.pid, 'SIGKILL');
  await expect.poll(() => room.processes()).toEqual([]);
  await expect(target.node!('primary').restart()).rejects.toThrow('ended before it answered');
  await target[Symbol.asyncDispose]();
});
