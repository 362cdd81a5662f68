import { type AddressInfo, createServer } from 'node:net';
import { performance } from 'node:perf_hooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Target } from '../../src/contracts/target.js';
import { openConnection } from '../../src/redis/connection.js';
import { displayAddress, parseRedisUrl, type RedisAddress } from '../../src/redis/url.js';
import { dialWire } from '../../src/wire/link.js';
import { startTestServer } from '../support/server.js';

// What a connection over it does, like one by ioredis, is tested with that: test/redis/connection.test.ts.

let server: Target;
let address: RedisAddress;
beforeAll(async () => {
  server = await startTestServer();
  address = parseRedisUrl(server.url);
});
afterAll(() => server[Symbol.asyncDispose]());

const open = (to = address) => openConnection(to, { name: 'wire link', dial: dialWire });

test('replies longer than what is read at once come whole', async () => {
  await using connection = await open();
  const long = 'é'.repeat(300_000);
  expect(await connection.pipeline([['ECHO', long], ['PING'], ['ECHO', `${long}!`]])).toEqual([
    long,
    'PONG',
    `${long}!`,
  ]);
});

test('sleeps over a server that does not answer', async () => {
  await using connection = await open();
  await using other = await open();
  await connection.call(['PING']);
  await other.call(['CLIENT', 'PAUSE', 300, 'ALL']);
  const before = performance.eventLoopUtilization();
  await connection.call(['PING']);
  expect(performance.eventLoopUtilization(before).utilization).toBeLessThan(0.5);
});

/** Greets like a server, and then answers what it is told to; the last for ever. */
async function impostor(...answers: readonly string[]): Promise<AsyncDisposable & { readonly address: RedisAddress }> {
  const left = [...answers];
  const server = createServer((socket) => {
    socket.once('data', () => {
      socket.write('%2\r\n+mode\r\n+standalone\r\n+role\r\n+master\r\n');
      const answer = () => socket.write(`${left.length > 1 ? left.shift() : left[0]}\r\n`);
      answer();
      socket.on('data', answer);
    });
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return {
    address: parseRedisUrl(`redis://127.0.0.1:${port}`),
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}

test('what is no reply breaks it, and says so', async () => {
  await using server = await impostor('+PONG', 'nonsense');
  await using connection = await open(server.address);
  await expect(connection.call(['PING'])).rejects.toMatchObject({
    code: 'CONNECTION',
    sent: true,
    message: `the connection to ${displayAddress(server.address)} broke before PING was answered: "n" where a reply begins`,
  });
});

describe('a server that has greeted', () => {
  const loading = '-LOADING Redis is loading the dataset in memory';

  test('and loads its data is waited for', async () => {
    await using server = await impostor(loading, loading, '+PONG', '+OK');
    await using connection = await open(server.address);
    expect(await connection.call(['SET', 'key', 'value'])).toBe('OK');
  });

  test('and loads its data for longer than connecting may take', async () => {
    await using server = await impostor(loading);
    await expect(open(server.address)).rejects.toMatchObject({
      message: `cannot connect to ${displayAddress(server.address)}: it is still loading its data (LOADING)`,
      details: { next: 'wait until it has loaded them' },
    });
  });

  test('and lets its user not PING serves', async () => {
    await using server = await impostor("-NOPERM User cache has no permissions to run the 'ping' command", '+OK');
    await using connection = await open(server.address);
    expect(await connection.call(['SET', 'key', 'value'])).toBe('OK');
  });
});
