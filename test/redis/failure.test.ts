import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, inject, test, vi } from 'vitest';
import type { Target } from '../../src/contracts/target.js';
import { TargetError } from '../../src/errors.js';
import { openConnection } from '../../src/redis/connection.js';
import { connectionFailure } from '../../src/redis/failure.js';
import { parseRedisUrl } from '../../src/redis/url.js';
import { startTestServer } from '../support/server.js';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A server on the loopback that treats every socket so. */
async function listen(onSocket: (socket: Socket) => void, server: Server = createServer()): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onSocket(socket);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port; // a TCP listener's address is never a string
}

async function failure(url: string, connectTimeoutMs = 2_000): Promise<TargetError> {
  const error = await openConnection(parseRedisUrl(url), { name: 'test', connectTimeoutMs }).then(
    () => undefined,
    (raised: unknown) => raised,
  );
  if (!(error instanceof TargetError)) throw new Error('it did not fail', { cause: error });
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('hunter2');
  return error;
}

async function expectFailure(url: string, message: string, next: string, connectTimeoutMs?: number): Promise<void> {
  const error = await failure(url, connectTimeoutMs);
  expect([error.message, error.details.next]).toEqual([message, next]);
}

let server: Target;
let port: string;
beforeAll(async () => {
  server = await startTestServer();
  port = new URL(server.url).port;
});
afterAll(() => server[Symbol.asyncDispose]());

test('no server there', async () => {
  const free = await listen(() => {});
  await closing.pop()!();
  await expectFailure(
    `redis://:hunter2@127.0.0.1:${free}`,
    `cannot connect to 127.0.0.1:${free}: connection refused: no server listens there`,
    'start the server, or correct the address',
  );
  expect((await failure(`redis://localhost:${free}`)).message).toContain('connection refused');
});

test('no such socket', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'redrill-'));
  closing.push(() => rm(folder, { recursive: true }));
  await expectFailure(
    `unix://${folder}/redis.sock`,
    `cannot connect to unix://${folder}/redis.sock: there is no such socket`,
    'start the server, or correct the address',
  );
});

test('no password, and wrong ones', async () => {
  await expectFailure(
    `redis://127.0.0.1:${port}`,
    `cannot connect to 127.0.0.1:${port}: it asks for a password (NOAUTH)`,
    'give one in the URL: redis://:password@host, or redis://user:password@host',
  );
  for (const user of ['', 'ada']) {
    await expectFailure(
      `redis://${user}:hunter2@127.0.0.1:${port}`,
      `cannot connect to 127.0.0.1:${port}: it refused the user name or the password (WRONGPASS)`,
      'correct them in the URL, or renew a token that expired',
    );
  }
});

test('no such database', async () => {
  await expectFailure(
    `${inject('serverUrl')}/99`,
    `cannot connect to ${new URL(inject('serverUrl')).host}/99: it answered ERR DB index is out of range`,
    'correct the database in the URL',
  );
});

test('a server that takes the connection and says nothing', async () => {
  const silent = await listen(() => {});
  const started = performance.now();
  await expectFailure(
    `redis://:hunter2@127.0.0.1:${silent}`,
    `cannot connect to 127.0.0.1:${silent}: it took the connection, but did not answer within 150ms`,
    'if it expects TLS, use rediss://; else see whether the server hangs',
    150,
  );
  await expectFailure(
    `rediss://:hunter2@127.0.0.1:${silent}`,
    `cannot connect to rediss://127.0.0.1:${silent}: it took the connection, but did not answer within 150ms`,
    'if it does not speak TLS there, use redis://; else see whether the server hangs',
    150,
  );
  expect(performance.now() - started).toBeLessThan(1_000);
});

test('a server that closes the connection', async () => {
  let connected = 0;
  const rude = await listen((socket) => {
    connected++;
    socket.end();
  });
  await expectFailure(
    `redis://:hunter2@127.0.0.1:${rude}`,
    `cannot connect to 127.0.0.1:${rude}: the server closed the connection before it answered`,
    'if it expects TLS, use rediss://; else look at its log',
  );
  // Once more, to hear whether it says why before it is asked anything.
  expect(connected).toBe(2);
});

test.each([
  [
    '-DENIED Redis is running in protected mode because protected mode is enabled',
    'it runs in protected mode (DENIED)',
    'give the server a password, or bind it to the loopback',
  ],
  [
    '-ERR max number of clients reached',
    'it answered ERR max number of clients reached',
    'close connections that nobody needs, or raise maxclients',
  ],
  [
    '+OK',
    'the server closed the connection before it answered',
    'if it expects TLS, use rediss://; else look at its log',
  ],
])('a server that says %s unasked, and resets whoever sends to it', async (said, why, next) => {
  let connected = 0;
  const rude = await listen((socket) => {
    if (connected++ === 0) socket.on('data', () => socket.resetAndDestroy());
    else socket.end(`${said}\r\n`);
  });
  await expectFailure(`redis://:hunter2@127.0.0.1:${rude}`, `cannot connect to 127.0.0.1:${rude}: ${why}`, next);
});

test('TLS where there is none', async () => {
  const plain = await listen((socket) => socket.end('-ERR Protocol error\r\n'));
  await expectFailure(
    `rediss://:hunter2@127.0.0.1:${plain}`,
    `cannot connect to rediss://127.0.0.1:${plain}: it does not speak TLS there`,
    'use redis:// instead of rediss://, or the port for TLS',
  );
  // A real one waits for the end of a line, which the greeting of TLS seldom holds.
  const { message } = await failure(`rediss://127.0.0.1:${port}`, 300);
  expect(message).toMatch(/it does not speak TLS there|it took the connection, but did not answer within 300ms/);
});

test('no TLS where it is expected', async () => {
  const tls = await listen(() => {}, createTlsServer());
  const { message, details } = await failure(`redis://:hunter2@127.0.0.1:${tls}`);
  expect(message).toContain('the server closed the connection before it answered');
  expect(details.next).toContain('if it expects TLS, use rediss://');
});

test('protected mode', async () => {
  const reply =
    '-DENIED Redis is running in protected mode because protected mode is enabled and no password is set\r\n';
  const guarded = await listen((socket) => socket.on('data', () => socket.end(reply)));
  await expectFailure(
    `redis://127.0.0.1:${guarded}`,
    `cannot connect to 127.0.0.1:${guarded}: it runs in protected mode (DENIED)`,
    'give the server a password, or bind it to the loopback',
  );
});

test('a user who may not log in', async () => {
  const forbidding = await listen((socket) =>
    socket.on('data', () =>
      socket.write("-NOPERM this user has no permissions to run the 'hello' command\r\n".repeat(2)),
    ),
  );
  await expectFailure(
    `redis://ada:hunter2@127.0.0.1:${forbidding}`,
    `cannot connect to 127.0.0.1:${forbidding}: the user may not log in like this (NOPERM)`,
    'let the user run HELLO, CLIENT and SELECT',
  );
});

test('a server that knows no RESP3', async () => {
  const warned = vi.spyOn(console, 'warn').mockImplementation(() => {});
  const old = await listen((socket) =>
    socket.on('data', (data) => {
      for (const [name] of String(data).matchAll(/(?<=^\*\d+\r\n\$\d+\r\n)\w+/gm)) {
        socket.write(name === 'hello' ? '-ERR unknown command `hello`\r\n' : '+OK\r\n');
      }
    }),
  );
  await expectFailure(
    `redis://127.0.0.1:${old}`,
    `127.0.0.1:${old} does not speak RESP3`,
    'use Redis 6 or newer, or Valkey',
  );
  warned.mockRestore();
});

const address = parseRedisUrl('redis://cache.example');
const systemError = (code: string, message = code) => Object.assign(new Error(message), { code });
/** What a test cannot bring about on every machine. */
const CAUSES: readonly (readonly [error: Error, cause: string, next: string])[] = [
  [systemError('ENOTFOUND'), 'the name cache.example is unknown to DNS', 'correct the host'],
  [systemError('EAI_AGAIN'), 'DNS gave no answer for the name cache.example', 'check the network, or the host'],
  [systemError('ETIMEDOUT'), 'no answer', 'check the address, the firewall and the security group'],
  [
    systemError('SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate in certificate chain'),
    'its certificate is not trusted: self-signed certificate in certificate chain',
    'name the file of its authority by `tls: { ca }` of the target, or in NODE_EXTRA_CA_CERTS',
  ],
  [
    systemError('CERT_HAS_EXPIRED', 'certificate has expired'),
    'its certificate is not trusted: certificate has expired',
    'renew the certificate on the server, or check the clock of this machine',
  ],
  [
    systemError('CERT_NOT_YET_VALID', 'certificate is not yet valid'),
    'its certificate is not trusted: certificate is not yet valid',
    'check the clocks of the server and of this machine',
  ],
  [
    systemError('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'error:0A00045C:SSL routines'),
    'it asks for a certificate of the client',
    'give one by `tls: { cert, key }` of the target',
  ],
  [
    systemError('ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'error:0A000418:SSL routines'),
    'it does not accept the certificate of the client (unknown ca)',
    'give one that its authority has signed, by `tls: { cert, key }` of the target',
  ],
  [
    systemError('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'error:0A00042E:SSL routines'),
    'it ended the TLS handshake (protocol version)',
    'see which versions and ciphers of TLS it takes',
  ],
  [
    systemError('ERR_TLS_CERT_ALTNAME_INVALID', "IP: 10.0.0.1 is not in the cert's list"),
    "its certificate is not trusted: IP: 10.0.0.1 is not in the cert's list",
    'use the host name that the certificate was made for, or give it by `tls: { serverName }` of the target',
  ],
];

test.each(CAUSES)('%s', (error, cause, next) => {
  const { message, details } = connectionFailure(address, error, 'connecting');
  expect([message, details.next]).toEqual([`cannot connect to cache.example:6379: ${cause}`, next]);
});
