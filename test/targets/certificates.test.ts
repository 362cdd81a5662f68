import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import { expect, test } from 'vitest';
import { makeCertificates } from '../../src/targets/servers/certificates.js';
import { integer, objectId } from '../../src/targets/servers/der.js';

const made = makeCertificates();

test('says for whom, by whom and for how long', () => {
  const [ca, server, client] = [made.ca, made.server.cert, made.client.cert].map((pem) => new X509Certificate(pem));
  expect(ca!.ca).toBe(true);
  for (const certificate of [ca!, server!, client!]) {
    expect(certificate.checkIssued(ca!)).toBe(true);
    expect(certificate.verify(ca!.publicKey)).toBe(true);
    expect(Date.parse(certificate.validTo) - Date.parse(certificate.validFrom)).toBe(25 * 3_600_000);
  }
  expect(server!.ca).toBe(false);
  expect(server!.subjectAltName).toBe('DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1');
  expect(server!.checkPrivateKey(createPrivateKey(made.server.key))).toBe(true);
});

test('serves a client that proves who it is, and no other', async () => {
  const server = createServer({ ...made.server, ca: made.ca, requestCert: true, rejectUnauthorized: true }, (socket) =>
    socket.end('hello'),
  ).listen(0, '127.0.0.1');
  server.on('tlsClientError', () => {});
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const read = async (options: { ca?: string; cert?: string; key?: string }) => {
    const socket = connect({ host: '127.0.0.1', port, ...options });
    const [data] = await once(socket, 'data').finally(() => socket.destroy());
    return String(data);
  };
  expect(await read({ ca: made.ca, ...made.client })).toBe('hello');
  await expect(read({ ca: made.ca })).rejects.toThrow();
  await expect(read({ ca: makeCertificates().ca, ...made.client })).rejects.toThrow('certificate');
  server.close();
});

test.each([
  [[0], '020100'],
  [[0, 0, 1], '020101'],
  [[0x7f], '02017f'],
  [[0x80], '02020080'],
])('the integer %j is %s', (bytes, hex) => {
  expect(Buffer.from(integer(Uint8Array.from(bytes))).toString('hex')).toBe(hex);
});

test('encodes object identifiers', () => {
  expect(Buffer.from(objectId('1.2.840.10045.4.3.2')).toString('hex')).toBe('06082a8648ce3d040302');
});
