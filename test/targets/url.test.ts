import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Redis } from 'ioredis';
import { expect, inject, test } from 'vitest';
import { ScenarioError, TargetError } from '../../src/errors.js';
import { urlTarget } from '../../src/targets/url.js';
import { startTestServer } from '../support/server.js';

const options = { signal: new AbortController().signal, notice: () => {} };

async function errorOf(url: string): Promise<unknown[]> {
  const error = await urlTarget.open({ url }, options).catch((thrown: unknown) => thrown);
  if (error instanceof TargetError) return [error.message, error.details.next];
  throw new Error('not a TargetError', { cause: error });
}

async function listen(onClient: (client: Socket) => void): Promise<AsyncDisposable & { readonly address: string }> {
  const clients = new Set<Socket>();
  const listener = createServer((client) => {
    clients.add(client);
    onClient(client);
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    // A TCP listener's address is never a string.
    address: `127.0.0.1:${(listener.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const client of clients) client.destroy();
    },
  };
}

test('uses a server that runs, and is not its owner', async () => {
  const url = inject('serverUrl');
  await using target = await urlTarget.open({ url }, options);
  const { password, host } = new URL(url);
  expect(target).toMatchObject({ kind: 'url', url, address: host, ours: false, secrets: [password] });
  expect(target.own).toBeUndefined();
});

test('hands over the connection that it was tried by, and leaves none behind', async () => {
  await using server = await startTestServer();
  const client = new Redis(server.url);
  const clients = async () =>
    Array.from(String(await client.client('LIST')).matchAll(/ name=(\S*)/g), ([, name]) => name);
  const target = await urlTarget.open({ url: server.url }, options);
  expect(await target.connection?.call(['PING'])).toBe('PONG');
  expect((await clients()).toSorted()).toEqual(['', 'redrill:shared']);
  await target[Symbol.asyncDispose]();
  await expect.poll(clients).toEqual(['']);
  client.disconnect();
});

test('names an address where nobody listens', async () => {
  expect(await errorOf('redis://:secret@127.0.0.1:1/2')).toMatchInlineSnapshot(`
    [
      "cannot connect to 127.0.0.1:1/2: connection refused: no server listens there",
      "start the server, or correct the address",
    ]
  `);
});

test('tells what the server answered to a client without a password', async () => {
  const { host } = new URL(inject('serverUrl'));
  const [message, next] = await errorOf(`redis://${host}`);
  expect(message).toContain(`cannot connect to ${host}: it asks for a password (NOAUTH)`);
  expect(next).toContain('give one in the URL: redis://:password@host');
});

test('gives up on a listener that never answers', async () => {
  await using listener = await listen(() => {});
  const before = performance.now();
  expect(await errorOf(`redis://${listener.address}`)).toEqual([
    `cannot connect to ${listener.address}: it took the connection, but did not answer within 3s`,
    'if it expects TLS, use rediss://; else see whether the server hangs',
  ]);
  expect(performance.now() - before).toBeLessThan(5_000);
});

test('gives up on a server that hangs after the handshake', async () => {
  const server = new URL(inject('serverUrl'));
  await using proxy = await listen((client) => {
    const upstream = connect(Number(server.port), server.hostname);
    client.on('data', (data) => String(data).includes('PING') || upstream.write(data));
    upstream.pipe(client).on('close', () => upstream.destroy());
  });
  expect(await errorOf(`redis://:${server.password}@${proxy.address}`)).toEqual([
    `${proxy.address} took the connection, but did not answer PING`,
    'see whether the server hangs',
  ]);
});

test('names a replica without its primary', async () => {
  await using server = await startTestServer();
  const client = new Redis(server.url);
  await client.config('SET', 'replica-serve-stale-data', 'no');
  await client.replicaof('127.0.0.1', 1);
  const [message, next] = await errorOf(server.url);
  expect(message).toContain(`${server.address} does not serve: it answered MASTERDOWN`);
  expect(next).toBe('it is a replica that lost its primary: use the primary');
  client.disconnect();
});

test('does not mind a user who may not PING', async () => {
  await using server = await startTestServer();
  const client = new Redis(server.url);
  await client.call('ACL', 'SETUSER', 'default', '-ping');
  await using target = await urlTarget.open({ url: server.url }, options);
  expect(target.address).toBe(server.address);
  client.disconnect();
});

test('refuses what is no URL', async () => {
  await expect(urlTarget.open({ url: 'localhost' }, options)).rejects.toThrow(ScenarioError);
});

test('does not begin when the run is stopped', async () => {
  const signal = AbortSignal.abort(new Error('stopped by the user'));
  await expect(urlTarget.open({ url: inject('serverUrl') }, { ...options, signal })).rejects.toThrow('stopped');
});
