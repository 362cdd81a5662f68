import { expect, inject, test } from 'vitest';
import { openConnection } from '../../src/redis/connection.js';
import { openConnections } from '../../src/redis/connections.js';
import { ConnectionPool } from '../../src/redis/pool.js';
import { parseRedisUrl } from '../../src/redis/url.js';

const address = parseRedisUrl(inject('serverUrl'));

/** The ids of the connections that two cases, one after the other, get for their raw commands. */
async function twoCases(command: readonly string[]): Promise<readonly [number, number]> {
  await using shared = await openConnection(address, { name: 'pool:shared' });
  await using pool = new ConnectionPool();
  const ids: number[] = [];
  for (const caseName of ['first', 'second']) {
    await using connections = openConnections(address, { caseName, shared, pool });
    const connection = await connections.named();
    ids.push(connection.id);
    await connection.call(command).catch(() => {});
  }
  return [ids[0]!, ids[1]!];
}

test('a connection that a case left as it found it serves the next one', async () => {
  const [first, second] = await twoCases(['PING']);
  expect(second).toBe(first);
});

test.each([['SELECT', '3'], ['WATCH', 'key'], ['CLIENT', 'SETNAME', 'mine'], ['MULTI'], ['WAIT', '0', '1']])(
  'a connection that has seen %s is closed with its case',
  async (...command) => {
    const [first, second] = await twoCases(command);
    expect(second).not.toBe(first);
  },
);

test('a connection on which a reply is still due is not given on', async () => {
  await using shared = await openConnection(address, { name: 'pool:shared' });
  await using pool = new ConnectionPool();
  await using connections = openConnections(address, { caseName: 'blocked', shared, pool });
  const connection = await connections.named();
  await connection.call(['BLPOP', 'pool:nothing', '0'], { timeoutMs: 20 }).catch(() => {});
  await connections[Symbol.asyncDispose]();
  expect(pool.take()).toBeUndefined();
});
