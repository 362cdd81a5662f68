import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Connection, Subscriber } from '../../src/contracts/redis.js';
import type { ServerAccess, Target } from '../../src/contracts/target.js';
import { openConnection } from '../../src/redis/connection.js';
import { openSubscriber } from '../../src/redis/subscriber.js';
import { addressOf, type RedisAddress, urlWithPassword } from '../../src/redis/url.js';
import { signToken } from '../../src/targets/elasticache/token.js';
import type { ManagedConfig } from '../../src/targets/managed/config.js';
import { startTestServer } from '../support/server.js';

const LOGIN = { cache: 'orders', serverless: false, user: 'app', region: 'eu-west-1' };
const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
const EXPIRES_MS = 15 * 60_000;
const KEYS = Array.from({ length: 30 }, (_, index) => `key:${index}`);

/** Servers that take the token of the time alone, as ElastiCache does: `expire` ends the last one and all connections. */
class TokenServers implements AsyncDisposable {
  made = 0;
  #now = Date.parse('2026-09-01T12:00:00Z');
  readonly #admins: readonly Redis[];

  constructor(
    readonly target: Target,
    private readonly access: ServerAccess,
  ) {
    const nodes = target.nodes?.filter(({ name }) => !name.startsWith('sentinel')) ?? [];
    this.#admins = nodes.map(({ address }) => {
      const [host = '', port] = address.split(':');
      return new Redis({ host, port: Number(port), password: decodeURIComponent(new URL(target.url).password) });
    });
  }

  get token(): string {
    return signToken(LOGIN, CREDENTIALS, new Date(this.#now));
  }

  get address(): RedisAddress {
    return addressOf(this.given);
  }

  /** As a target gives it. */
  get given(): { readonly url: string; readonly access: ServerAccess } {
    const url = this.target.url.replace(/\/\/.*@/, '//app@');
    const password = async (): Promise<string> => {
      this.made++;
      return this.token;
    };
    return { url, access: { ...this.target.access, ...this.access, password } };
  }

  async expire(): Promise<void> {
    this.#now += EXPIRES_MS + 1_000;
    const rules = ['on', 'resetpass', `>${this.token}`, '~*', '&*', '+@all'];
    await Promise.all(this.#admins.map((admin) => admin.call('ACL', 'SETUSER', 'app', ...rules)));
    await Promise.all(this.#admins.map((admin) => admin.call('CLIENT', 'KILL', 'USER', 'app')));
  }

  /** How many connections there were, on all nodes. */
  async connections(): Promise<number> {
    const infos = await Promise.all(this.#admins.map((admin) => admin.info('stats')));
    return infos.reduce((sum, info) => sum + Number(/total_connections_received:(\d+)/.exec(info)?.[1]), 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const admin of this.#admins) admin.disconnect();
    await this.target[Symbol.asyncDispose]();
  }
}

/** A connection that has just been cut off may be found out by the command that it breaks. */
const eventually = (work: () => Promise<unknown>) => expect.poll(() => work().catch(String), { timeout: 20_000 });

async function worksEverywhere(shared: Connection, blocking: Connection, subscriber: Subscriber): Promise<void> {
  for (const key of KEYS) await eventually(() => shared.call(['SET', key, key])).toBe('OK');
  await eventually(() => shared.pipeline(KEYS.map((key) => ['GET', key]))).toEqual(KEYS);
  await eventually(async () => {
    const popped = blocking.call(['BLPOP', 'queue', 5]);
    await shared.call(['RPUSH', 'queue', 'job']);
    return await popped;
  }).toEqual(['queue', 'job']);
  const heard: string[] = [];
  subscriber.onDelivery((_, bytes, start, end) => heard.push(bytes.toString('utf8', start, end)));
  await eventually(async () => {
    await shared.call(['PUBLISH', 'news', 'here']);
    await subscriber.catchUp();
    return heard[0];
  }).toBe('here');
}

const SETUPS: readonly (readonly [name: string, config: ManagedConfig, access: ServerAccess])[] = [
  ['standalone', {}, {}],
  ['reads from a replica', { topology: 'replicas', replicas: 1 }, { readFrom: 'replica' }],
  ['Sentinel', { topology: 'sentinel' }, {}],
  ['a cluster, and reads from its replicas', { topology: 'cluster', shards: 3, replicas: 1 }, { readFrom: 'replica' }],
];

describe.each(SETUPS)('%s', (_, config, access) => {
  let servers: TokenServers;
  beforeAll(async () => {
    servers = new TokenServers(await startTestServer(config), access);
    await servers.expire();
  });
  afterAll(async () => await servers[Symbol.asyncDispose]());

  test('each connection logs in with a password of its own time', { timeout: 60_000 }, async () => {
    const { address } = servers;
    await using shared = await openConnection(address, { name: 'shared' });
    await using blocking = await openConnection(address, { name: 'blocking' });
    await using subscriber = await openSubscriber(address, { name: 'subscriber' }, shared);
    await subscriber.subscribe('channels', ['news']);
    await subscriber.subscribe('shardChannels', KEYS);
    await worksEverywhere(shared, blocking, subscriber);
    const old = servers.token;
    await servers.expire();
    const { access: { password: _, ...rest } = {}, ...stale } = address;
    await expect(openConnection({ ...stale, access: rest, password: old }, { name: 'late' })).rejects.toThrow(
      'WRONGPASS',
    );
    await worksEverywhere(shared, blocking, subscriber);
    await using another = await openConnection(address, { name: 'another' });
    expect(await another.call(['GET', 'key:1'])).toBe('key:1');
  });
});

test('a password is made for each connection, and none beside', async () => {
  await using servers = new TokenServers(await startTestServer(), {});
  await servers.expire();
  const before = await servers.connections();
  await using first = await openConnection(servers.address, { name: 'first' });
  await using second = await openConnection(servers.address, { name: 'second' });
  expect(await Promise.all([first.call(['PING']), second.call(['PING']), first.call(['PING'])])).toHaveLength(3);
  await servers.expire();
  for (const connection of [first, second]) await eventually(() => connection.call(['PING'])).toBe('PONG');
  expect([servers.made, (await servers.connections()) - before]).toEqual([4, 4]);
});

test('a program is given one in its URL', async () => {
  await using servers = new TokenServers(await startTestServer(), {});
  await servers.expire();
  const url = await urlWithPassword(servers.given);
  expect(decodeURIComponent(new URL(url).password)).toBe(servers.token);
  await using connection = await openConnection(addressOf({ url }), { name: 'program' });
  expect(await connection.call(['ACL', 'WHOAMI'])).toBe('app');
});

test('what cannot be made is said as it is', async () => {
  await using target = await startTestServer();
  const password = (): Promise<string> => Promise.reject(new Error('no credentials'));
  await expect(openConnection(addressOf({ ...target, access: { password } }), { name: 'none' })).rejects.toThrow(
    'no credentials',
  );
});
