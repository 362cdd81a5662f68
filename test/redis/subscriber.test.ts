import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Connection, Subscriber } from '../../src/contracts/redis.js';
import type { Target } from '../../src/contracts/target.js';
import { openConnection } from '../../src/redis/connection.js';
import { openSubscriber } from '../../src/redis/subscriber.js';
import { displayAddress, parseRedisUrl, type RedisAddress } from '../../src/redis/url.js';
import { startTestServer } from '../support/server.js';

let server: Target;
let address: RedisAddress;
let publisher: Connection;
beforeAll(async () => {
  server = await startTestServer();
  address = parseRedisUrl(server.url);
  publisher = await openConnection(address, { name: 'publisher' });
});
afterAll(async () => {
  await publisher[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const open = (name: string) => openSubscriber(address, { name }, publisher);
const publish = (channel: string, message: string | Uint8Array) => publisher.call(['PUBLISH', channel, message]);

function record(subscriber: Subscriber): string[] {
  const deliveries: string[] = [];
  subscriber.onDelivery(({ channel, pattern }, bytes, start, end) => {
    deliveries.push(`${pattern ?? '-'} ${channel} ${bytes.toString('latin1', start, end)}`);
  });
  return deliveries;
}

async function kill(name: string): Promise<void> {
  const clients = String(await publisher.call(['CLIENT', 'LIST'])).split('\n');
  const id = /^id=(\d+)/.exec(clients.find((line) => line.includes(` name=${name} `)) ?? '')![1]!;
  await publisher.call(['CLIENT', 'KILL', 'ID', id]);
}

test('is delivered what is published once subscribe has returned', async () => {
  await using subscriber = await open('all');
  const deliveries = record(subscriber);
  await subscriber.subscribe('channels', ['a', 'b', 'a']);
  await subscriber.subscribe('patterns', ['p:*', 'p:1*']);
  await subscriber.subscribe('shardChannels', ['s', 't']);
  await subscriber.subscribe('channels', []);
  expect([
    await publish('a', '1'),
    await publish('b', Buffer.from([0xff])),
    await publish('p:12', '3'),
    await publisher.call(['SPUBLISH', 't', '4']),
    await publish('other', '5'),
  ]).toEqual([1, 1, 2, 1, 0]);
  await vi.waitFor(() => expect(deliveries).toHaveLength(5));
  expect(deliveries.sort()).toEqual(['- a 1', '- b \xff', '- t 4', 'p:* p:12 3', 'p:1* p:12 3']);
});

test('many are subscribed at once, each on its own connection', async () => {
  const subscribers = await Promise.all(Array.from({ length: 20 }, (_, index) => open(`many${index}`)));
  await Promise.all(subscribers.map((subscriber) => subscriber.subscribe('channels', ['many'])));
  expect(new Set(subscribers.map(({ id }) => id)).size).toBe(20);
  expect(await publish('many', 'x')).toBe(20);
  await Promise.all(subscribers.map((subscriber) => subscriber[Symbol.asyncDispose]()));
  await vi.waitFor(async () => expect(await publish('many', 'x')).toBe(0));
});

test('that the server disconnects tells so and subscribes again', async () => {
  await using subscriber = await open('killed');
  const deliveries = record(subscriber);
  let disconnects = 0;
  subscriber.onDisconnect(() => disconnects++);
  await subscriber.subscribe('channels', ['again']);
  await subscriber.subscribe('patterns', ['aga*']);
  await subscriber.subscribe('shardChannels', ['again']);
  await kill('killed');
  await vi.waitFor(() => expect(disconnects).toBe(1));
  await vi.waitFor(async () => expect(await publisher.call(['PUBSUB', 'SHARDNUMSUB', 'again'])).toEqual(['again', 1]));
  expect(await publish('again', 'x')).toBe(2);
  await vi.waitFor(() => expect(deliveries).toEqual(['- again x', 'aga* again x']));
  expect(disconnects).toBe(1);
});

test('that its user closes is not a disconnect', async () => {
  const subscriber = await open('closed');
  let disconnects = 0;
  subscriber.onDisconnect(() => disconnects++);
  await subscriber.subscribe('channels', ['closed']);
  await subscriber[Symbol.asyncDispose]();
  await vi.waitFor(async () => expect(await publish('closed', 'x')).toBe(0));
  expect(disconnects).toBe(0);
  await expect(subscriber.subscribe('channels', ['late'])).rejects.toMatchObject({
    message: `SUBSCRIBE was not sent: the connection to ${displayAddress(address)} is closed`,
  });
});

test('that is paused reads nothing until it resumes', async () => {
  await using subscriber = await open('paused');
  const deliveries = record(subscriber);
  await subscriber.subscribe('channels', ['slow']);
  subscriber.pause();
  expect(await publish('slow', '1')).toBe(1);
  await using other = await open('witness');
  const witnessed = record(other);
  await other.subscribe('channels', ['slow']);
  await publish('slow', '2');
  await vi.waitFor(() => expect(witnessed).toEqual(['- slow 2']));
  expect(deliveries).toEqual([]);
  subscriber.resume();
  await vi.waitFor(() => expect(deliveries).toEqual(['- slow 1', '- slow 2']));
});

test('that is paused for too long is cut off by the server, and is back once it resumes', async () => {
  await publisher.call(['CONFIG', 'SET', 'client-output-buffer-limit', 'pubsub 1mb 0 0']);
  await using subscriber = await open('slow');
  const seen: string[] = [];
  subscriber.onDelivery(() => seen.at(-1) !== 'delivered' && seen.push('delivered'));
  subscriber.onDisconnect(() => seen.push('disconnected'));
  subscriber.onReconnect(() => seen.push('subscribed'));
  await subscriber.subscribe('channels', ['flood']);
  subscriber.pause();
  const payload = 'x'.repeat(100_000);
  await vi.waitFor(async () => expect(await publish('flood', payload)).toBe(0), { timeout: 5_000, interval: 0 });
  expect(await subscriber.catchUp()).toBe(false);
  expect(seen).toEqual([]);
  subscriber.resume();
  expect(await subscriber.catchUp()).toBe(true);
  expect(seen).toEqual(['delivered', 'disconnected', 'subscribed']);
  expect(await publish('flood', 'y')).toBe(1);
});

test('has caught up when all that was published before is delivered, and never without a server', async () => {
  const own = await startTestServer();
  await using subscriber = await openSubscriber(parseRedisUrl(own.url), { name: 'behind' }, publisher);
  const deliveries = record(subscriber);
  await subscriber.subscribe('channels', ['many']);
  await using other = await openConnection(parseRedisUrl(own.url), { name: 'other' });
  await other.pipeline(Array.from({ length: 10_000 }, (_, index) => ['PUBLISH', 'many', index]));
  expect(await subscriber.catchUp()).toBe(true);
  expect(deliveries).toHaveLength(10_000);
  await own[Symbol.asyncDispose]();
  expect(await subscriber.catchUp()).toBe(false);
});

test('raises what the server answers', async () => {
  await publisher.call(['ACL', 'SETUSER', 'mute', 'on', '>pw', '+@all', 'resetchannels']);
  await using subscriber = await openSubscriber(
    { ...address, username: 'mute', password: 'pw' },
    { name: 'mute' },
    publisher,
  );
  await expect(subscriber.subscribe('channels', ['a'])).rejects.toMatchObject({ name: 'ReplyError', code: 'NOPERM' });
});
