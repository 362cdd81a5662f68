import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ServerAccess, Target } from '../../src/contracts/target.js';
import { openConnection } from '../../src/redis/connection.js';
import { addressOf } from '../../src/redis/url.js';
import { makeCertificates } from '../../src/targets/servers/certificates.js';
import { startTestServer } from '../support/server.js';

type Tls = NonNullable<ServerAccess['tls']>;

let target: Target;
let tls: Tls;
let ca: string;
let port: string;
beforeAll(async () => {
  target = await startTestServer({ tls: true, config: { 'tls-auth-clients': 'yes' } });
  tls = target.access!.tls!;
  ca = tls.ca!;
  port = new URL(target.url).port;
});
afterAll(async () => await target[Symbol.asyncDispose]());

const open = (given: Tls | undefined, url = target.url) =>
  openConnection(addressOf({ url, ...(given && { access: { tls: given } }) }), {
    name: 'tls',
    connectTimeoutMs: 2_000,
  });

const ACCEPTED: readonly (readonly [name: string, given: () => Tls])[] = [
  ['the authority, and a certificate of the client', () => tls],
  ['a name for an address that the certificate does not hold', () => ({ ...tls, serverName: 'localhost' })],
  ['no verification', () => ({ ...withoutCa(tls), verify: false })],
];

const withoutCa = ({ ca: _, ...rest }: Tls): Tls => rest;

test.each(ACCEPTED)('is spoken with %s', async (_, given) => {
  await using client = await open(given());
  expect(await client.call(['PING'])).toBe('PONG');
});

test('names the server by SNI', async () => {
  await using client = await open(tls, target.url.replace('127.0.0.1', 'localhost'));
  expect(await client.call(['PING'])).toBe('PONG');
});

const REFUSED: readonly (readonly [name: string, given: () => Tls | undefined, cause: string, next: string])[] = [
  [
    'an authority that nobody knows',
    () => undefined,
    'its certificate is not trusted: self-signed certificate in certificate chain',
    'name the file of its authority by `tls: { ca }` of the target, or in NODE_EXTRA_CA_CERTS',
  ],
  [
    'another authority',
    () => ({ ...tls, ca: makeCertificates().ca }),
    'its certificate is not trusted: self-signed certificate in certificate chain',
    'name the file of its authority by `tls: { ca }` of the target, or in NODE_EXTRA_CA_CERTS',
  ],
  [
    'a name that the certificate does not hold',
    () => ({ ...tls, serverName: 'cache.example' }),
    "its certificate is not trusted: Hostname/IP does not match certificate's altnames: Host: cache.example. is not " +
      "in the cert's altnames: DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1",
    'use the host name that the certificate was made for, or give it by `tls: { serverName }` of the target',
  ],
  [
    'a key that is none',
    () => ({ ...tls, key: 'none' }),
    'a certificate or key of ours cannot be read: error:1E08010C:DECODER routines::unsupported',
    'give PEM texts that belong together',
  ],
];

test.each(REFUSED)('is refused with %s', async (_, given, cause, next) => {
  const error = await open(given()).catch((raised: unknown) => raised);
  expect(error).toMatchObject({
    name: 'TargetError',
    message: `cannot connect to rediss://127.0.0.1:${port}: ${cause}`,
    details: { next },
  });
});

test('is refused without a certificate of the client', async () => {
  const error = await open({ ca }).catch((raised: unknown) => raised);
  // In TLS 1.3 the handshake is over for the client before the server looks: the alert may come too late.
  expect(error).toMatchObject({
    message: expect.stringMatching(/: it asks for a certificate of the client$|: the server closed the connection/),
    details: { next: expect.stringContaining('give one by `tls: { cert, key }` of the target') },
  });
});

test('is not spoken by who is told nothing of it', async () => {
  const error = await open(undefined, target.url.replace('rediss:', 'redis:')).catch((raised: unknown) => raised);
  expect(error).toMatchObject({
    message: `cannot connect to 127.0.0.1:${port}: the server closed the connection before it answered`,
    details: { next: expect.stringContaining('if it expects TLS, use rediss://') },
  });
});

test('is spoken to every node of a cluster', async () => {
  await using cluster = await startTestServer({ topology: 'cluster', shards: 2, replicas: 0, tls: true });
  await using client = await openConnection(addressOf(cluster), { name: 'tls' });
  const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
  expect(await client.pipeline(keys.map((key) => ['SET', key, 'v']))).toEqual(keys.map(() => 'OK'));
  const sizes = (await client.nodes()).map((node) => node.call(['DBSIZE']));
  expect((await Promise.all(sizes)).filter((size) => size === 0)).toEqual([]);
}, 30_000);
