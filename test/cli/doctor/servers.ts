import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { findServer } from '../../../src/targets/managed/find.js';
import { makeCertificates } from '../../../src/targets/servers/certificates.js';

/** Of the loopback, and nobody's. */
export async function freePort(): Promise<number> {
  const listener = createServer();
  const port = await listen(listener);
  await new Promise((resolve) => listener.close(resolve));
  return port;
}

export async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port; // of TCP
}

export function folder(): string {
  const made = mkdtempSync(path.join(tmpdir(), 'redrill-doctor-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** A bare server with these directives, gone with the test; with TLS give its port as `tls-port`. */
export async function startServer(directives: Readonly<Record<string, string>>, port: number): Promise<void> {
  const given = { bind: '127.0.0.1', port: String(port), dir: folder(), save: '', ...directives };
  const args = Object.entries(given).flatMap(([name, value]) => [`--${name}`, ...value.split(' ')]);
  const server = spawn(findServer({ engine: 'auto' }) ?? 'redis-server', args, { stdio: 'ignore' });
  const ended = new Promise((resolve) => server.once('close', resolve));
  onTestFinished(async () => {
    server.kill('SIGKILL');
    await ended;
  });
  const [host = ''] = given.bind.split(' ');
  await vi.waitFor(() => accepts(host, port), { timeout: 5_000, interval: 5 });
}

const accepts = (host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, host);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
  });

/** What the server answers to commands sent in line. */
export function send(port: number, ...commands: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let said = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    socket.once('error', reject);
    socket.once('close', () => resolve(said));
    socket.write([...commands, 'QUIT', ''].join('\r\n'));
  });
}

export interface Certificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** An authority of our own and a certificate by it for `localhost` and 127.0.0.1, as files. */
export function writeCertificates(): Certificates {
  const made = folder();
  const write = (name: string, text: string) => {
    const file = path.join(made, name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  };
  const { ca, server } = makeCertificates();
  return { ca: write('ca.pem', ca), cert: write('server.pem', server.cert), key: write('server.key', server.key) };
}

/** A server that speaks TLS alone. */
export async function startTlsServer(certificates: Certificates): Promise<number> {
  const port = await freePort();
  const { ca, cert, key } = certificates;
  const tls = { 'tls-cert-file': cert, 'tls-key-file': key, 'tls-ca-cert-file': ca, 'tls-auth-clients': 'no' };
  await startServer({ port: '0', 'tls-port': String(port), ...tls }, port);
  return port;
}

/** An address of this machine that is not the loopback's: what is sent to it stays here all the same. */
export const ownAddress = (): string | undefined =>
  Object.values(networkInterfaces())
    .flat()
    .find((address) => address && !address.internal && address.family === 'IPv4')?.address;
