import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import type { Connection } from '../../src/contracts/redis.js';
import { openConnection } from '../../src/redis/connection.js';
import { openConnections } from '../../src/redis/connections.js';
import { parseRedisUrl } from '../../src/redis/url.js';

const address = parseRedisUrl(inject('serverUrl'));
let shared: Connection;
beforeAll(async () => {
  shared = await openConnection(address, { name: 'shared' });
});
afterAll(() => shared[Symbol.asyncDispose]());

async function clientsOf(caseName: string): Promise<string[]> {
  const list = String(await shared.call(['CLIENT', 'LIST']));
  return [...list.matchAll(/ name=(\S+) /g)]
    .map((match) => match[1]!)
    .filter((name) => name.includes(`:${caseName}:`))
    .sort();
}

test('opens each connection when it is first asked for, under the case’s name', async () => {
  await using connections = openConnections(address, { caseName: 'lazy case', shared });
  expect(await clientsOf('lazy_case')).toEqual([]);
  expect(await connections.shared()).toBe(shared);
  const [one, same, other] = await Promise.all([connections.named(), connections.named(), connections.named('b')]);
  expect(one).toBe(same);
  expect(one).not.toBe(other);
  await connections.dedicated('worker');
  await connections.dedicated('worker');
  await connections.subscriber('news');
  expect(await clientsOf('lazy_case')).toEqual([
    'redrill:lazy_case:b',
    'redrill:lazy_case:commands',
    'redrill:lazy_case:news',
    'redrill:lazy_case:worker',
    'redrill:lazy_case:worker',
  ]);
});

test('closes all that it opened, forgotten ones and those under way included, and not the shared one', async () => {
  const connections = openConnections(address, { caseName: 'closing', shared });
  const named = await connections.named();
  await connections.dedicated('worker');
  const underWay = connections.subscriber('news');
  await connections[Symbol.asyncDispose]();
  await underWay;
  await vi.waitFor(async () => expect(await clientsOf('closing')).toEqual([]));
  await expect(named.call(['PING'])).rejects.toMatchObject({ code: 'CONNECTION' });
  await expect(connections.dedicated('late')).rejects.toMatchObject({ message: 'the case has ended', sent: false });
  expect(await shared.call(['PING'])).toBe('PONG');
});

test('a name that could not be opened may be tried again', async () => {
  const nowhere = openConnections(parseRedisUrl('unix:///nowhere/redis.sock'), { caseName: 'nowhere', shared });
  await expect(nowhere.named()).rejects.toThrow('there is no such socket');
  await expect(nowhere.named()).rejects.toThrow('there is no such socket');
  await nowhere[Symbol.asyncDispose]();
});
