import { createServer } from 'node:net';
import { performance } from 'node:perf_hooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Target } from '../../src/contracts/target.js';
import { openConnection } from '../../src/redis/connection.js';
import { parseRedisUrl, type RedisAddress } from '../../src/redis/url.js';
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

test('what is no reply breaks it, and says so', async () => {
  const impostor = createServer((socket) => {
    socket.once('data', () => {
      socket.write('%2\r\n+mode\r\n+standalone\r\n+role\r\n+master\r\n');
      socket.on('data', () => socket.write('nonsense\r\n'));
    });
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => impostor.listen(0, '127.0.0.1', resolve));
  const { port } = impostor.address() as { port: number }; // it listens on TCP
  try {
    await using connection = await open(parseRedisUrl(`redis://127.0.0.1:${port}`));
    await expect(connection.call(['PING'])).rejects.toMatchObject({
      code: 'CONNECTION',
      sent: true,
      message: `the connection to 127.0.0.1:${port} broke before PING was answered: "n" where a reply begins`,
    });
  } finally {
    impostor.close();
  }
});
