import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Connection } from '../../src/contracts/redis.js';
import type { Target } from '../../src/contracts/target.js';
import { existingKeys, removeKeys, removeNamespace, removeRun } from '../../src/redis/cleanup.js';
import { openConnection } from '../../src/redis/connection.js';
import { createNamespace } from '../../src/redis/namespace.js';
import { parseRedisUrl } from '../../src/redis/url.js';
import { startTestServer } from '../support/server.js';

let server: Target;
let connection: Connection;
beforeAll(async () => {
  server = await startTestServer();
  connection = await openConnection(parseRedisUrl(server.url), { name: 'cleanup' });
});
afterAll(async () => {
  await connection[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

test('removes every key of the namespace and no other, in every database that the case moved to', async () => {
  const namespace = createNamespace({ mode: 'isolated', token: 'mine', ours: true });
  const send = (...args: (string | Buffer)[]) => connection.call(namespace.command(args));
  await connection.pipeline(Array.from({ length: 3_000 }, (_, index) => ['SET', namespace.key(`k${index}`), 'v']));
  await connection.pipeline(['redrill:{other}:a', 'redrill:mine:a', 'a'].map((key) => ['SET', key, 'v']));
  await send('SET', Buffer.from([0xff, 0x00]), 'bytes');
  await send('COPY', 'k1', 'copied', 'DB', '3');
  await send('MOVE', 'k2', '4');
  await send('SELECT', '5');
  await send('SET', 'k', 'v');
  await connection.pipeline([
    ['SET', 'theirs', 'v'],
    ['SELECT', '0'],
  ]);

  await removeNamespace(connection, namespace);
  expect(await connection.call(['KEYS', '*'])).toHaveLength(3);
  const left = await connection.pipeline(['3', '4', '5', '0'].flatMap((db) => [['SELECT', db], ['DBSIZE']]));
  expect(left).toEqual(['OK', 0, 'OK', 0, 'OK', 1, 'OK', 3]);
});

test('returns to the database that it found', async () => {
  const namespace = createNamespace({ mode: 'spread', token: 'home', ours: true });
  namespace.command(['SELECT', '99']);
  namespace.command(['SELECT', '6']);
  await connection.pipeline([
    ['SELECT', 7],
    ['SET', namespace.key('a'), 'v'],
    ['SET', 'theirs', 'v'],
  ]);
  await removeNamespace(connection, namespace, 7);
  expect(
    await connection.pipeline([
      ['KEYS', '*'],
      ['SELECT', 0],
    ]),
  ).toEqual([['theirs'], 'OK']);
});

test('of literal names removes nothing', async () => {
  await connection.call(['SET', 'kept', 'v']);
  await removeNamespace(connection, createNamespace({ mode: 'literal', token: 't', ours: true }));
  expect(await connection.call(['EXISTS', 'kept'])).toBe(1);
});

test('names are found, and removed, one by one', async () => {
  await connection.pipeline([
    ['SET', 'orders', '1'],
    ['RPUSH', 'dlq', '1'],
    ['SET', 'near', '1'],
  ]);
  expect(await existingKeys(connection, ['absent', 'dlq', 'orders'])).toEqual(['dlq', 'orders']);
  await removeKeys(connection, ['orders', 'absent', 'dlq']);
  expect(await existingKeys(connection, ['orders', 'dlq', 'near'])).toEqual(['near']);
  expect(await existingKeys(connection, [])).toEqual([]);
});

test('a refusal is raised', async () => {
  await connection.call(['ACL', 'SETUSER', 'reader', 'on', '>pw', '+@all', '-unlink', '~*']);
  const address = { ...parseRedisUrl(server.url), username: 'reader', password: 'pw' };
  await using reader = await openConnection(address, { name: 'reader' });
  await expect(removeKeys(reader, ['near'])).rejects.toMatchObject({ code: 'NOPERM' });
});

test('what scripts made up under the namespaces of a run is removed at its end, and no other key', async () => {
  const namespaces = (['isolated', 'spread'] as const).map((mode, index) =>
    createNamespace({ mode, token: `run7-${index}`, ours: true }),
  );
  const made = "return redis.call('SET', KEYS[1] .. ':derived', 'v')";
  for (const namespace of namespaces) {
    await connection.call(namespace.command(['EVAL', made, 1, 'a']));
    await removeNamespace(connection, namespace);
  }
  await connection.call(['SET', 'redrill:{run8-0}:a', 'v']);
  const keys = async () => await connection.call(['KEYS', 'redrill:*run*']);
  expect(await keys()).toHaveLength(3);
  await removeRun(connection, 'run7');
  expect(await keys()).toEqual(['redrill:{run8-0}:a']);
  await connection.call(['UNLINK', 'redrill:{run8-0}:a']);
});
