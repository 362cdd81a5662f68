import { lookup } from 'node:dns/promises';
import { createServer as createHttpServer } from 'node:http';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { DoctorReport } from '../../../src/cli/doctor/report.schema.js';
import { folderWith, runRedrill } from '../../support/redrill.js';
import { freePort, listen, ownAddress, send, startServer, startTlsServer, writeCertificates } from './servers.js';

interface Setup {
  readonly name: string;
  /** The URL of a server that is broken in this way; ports are cut out of what is said of it. */
  start(): Promise<string>;
  /** The rung that failed, why, and what to do. */
  readonly doctor: readonly [rung: string, seen: string, cause: string, advice: string];
  /** What `run` says. */
  readonly run: string;
}

const started = async (directives: Readonly<Record<string, string>> = {}): Promise<number> => {
  const port = await freePort();
  await startServer(directives, port);
  return port;
};

const SETUPS: readonly Setup[] = [
  {
    name: 'wrong port',
    doctor: [
      'protocol',
      'it said "HTTP/1.1 400 Bad Request\\r\\nConnection: cl"',
      'a web server answers there, no Redis server',
      'correct the host or the port',
    ],
    run: 'cannot connect to 127.0.0.1:PORT: what answers there is no Redis server\n  correct the host or the port',
    async start() {
      const server = createHttpServer((_, response) => response.end());
      const port = await listen(server);
      onTestFinished(() => void server.close());
      return `redis://127.0.0.1:${port}`;
    },
  },
  {
    name: 'closed port',
    doctor: ['TCP', '127.0.0.1:PORT: ECONNREFUSED', 'no server listens there', 'start the server, or correct the port'],
    run: 'cannot connect to 127.0.0.1:PORT: connection refused: no server listens there\n  start the server, or correct the address',
    start: async () => `redis://127.0.0.1:${await freePort()}`,
  },
  {
    name: 'wrong host',
    doctor: [
      'DNS',
      'cache.invalid is unknown (ENOTFOUND)',
      'no such name, or it is known only inside another network',
      'correct the host; for a private endpoint, run this inside its network (VPC, VPN)',
    ],
    run: 'cannot connect to cache.invalid:PORT: the name cache.invalid is unknown to DNS\n  correct the host',
    start: async () => 'redis://cache.invalid:6379',
  },
  {
    name: 'plain to TLS',
    doctor: ['protocol', 'closed', 'it speaks TLS there', 'use rediss:// instead of redis://'],
    run: 'cannot connect to 127.0.0.1:PORT: the server closed the connection before it answered\n  if it expects TLS, use rediss://; else look at its log',
    start: async () => `redis://127.0.0.1:${await startTlsServer(writeCertificates())}`,
  },
  {
    name: 'TLS to plain',
    doctor: [
      'TLS',
      'no answer within 1.5s',
      'it speaks Redis without TLS there',
      'use redis:// instead of rediss://, or the port for TLS',
    ],
    run: 'cannot connect to rediss://127.0.0.1:PORT: it took the connection, but did not answer within 3s\n  if it does not speak TLS there, use redis://; else see whether the server hangs',
    start: async () => `rediss://127.0.0.1:${await started()}`,
  },
  {
    name: 'unknown CA',
    doctor: [
      'TLS',
      'SELF_SIGNED_CERT_IN_CHAIN',
      'the authority that signed the certificate is not known here (self-signed certificate in certificate chain)',
      'name its file: `tls: { ca: FILE }` for the target in redrill.config.yaml, or the variable NODE_EXTRA_CA_CERTS=FILE',
    ],
    run: 'cannot connect to rediss://localhost:PORT: its certificate is not trusted: self-signed certificate in certificate chain\n  name the file of its authority by `tls: { ca }` of the target, or in NODE_EXTRA_CA_CERTS',
    start: async () => `rediss://localhost:${await startTlsServer(writeCertificates())}`,
  },
  {
    name: 'wrong password',
    doctor: [
      'AUTH',
      'WRONGPASS',
      'it refused the password',
      'correct it in the URL, percent-encoded where it holds special characters; renew a token that expired',
    ],
    run: 'cannot connect to 127.0.0.1:PORT: it refused the user name or the password (WRONGPASS)\n  correct them in the URL, or renew a token that expired',
    start: async () => `redis://:sesame@127.0.0.1:${await started({ requirepass: 'right' })}`,
  },
  {
    name: 'ACL without +cluster',
    doctor: [
      'cluster',
      'CLUSTER SLOTS: NOPERM',
      'the user app may not ask which node has which slots',
      'let it: ACL SETUSER app +cluster (on ElastiCache: in its access string)',
    ],
    run: "the cluster at 127.0.0.1:PORT cannot be used: NOPERM this user has no permissions to run the 'cluster|slots' command\n  let the user run CLUSTER: ACL SETUSER … +cluster",
    async start() {
      const port = await started({ 'cluster-enabled': 'yes' });
      await send(port, 'CLUSTER ADDSLOTSRANGE 0 16383', 'ACL SETUSER app on >secret ~* &* +@all -cluster');
      await vi.waitFor(async () => expect(await send(port, 'CLUSTER INFO')).toContain('cluster_state:ok'), 5_000);
      return `redis://app:secret@127.0.0.1:${port}`;
    },
  },
  {
    name: 'replica as target',
    doctor: [
      'role',
      'replica of 127.0.0.1:PORT',
      'a replica takes no writes (READONLY)',
      'use the address of the primary, 127.0.0.1:PORT',
    ],
    run: '127.0.0.1:PORT takes no writes: it is a replica (READONLY)\n  use the address of the primary',
    async start() {
      const primary = await started({ 'repl-diskless-sync-delay': '0' });
      const port = await started({ replicaof: `127.0.0.1 ${primary}` });
      await vi.waitFor(async () => expect(await send(port, 'INFO replication')).toContain('link_status:up'), 5_000);
      return `redis://127.0.0.1:${port}`;
    },
  },
  {
    name: 'protected mode',
    doctor: [
      'protocol',
      'DENIED Redis is running in protected mode because protected …',
      'it runs in protected mode: it has no password, and serves its own machine alone',
      'give the server a password, or bind it to the loopback',
    ],
    run: 'cannot connect to OWN:PORT: it runs in protected mode (DENIED)\n  give the server a password, or bind it to the loopback',
    async start() {
      const port = await freePort();
      await startServer({ bind: ownAddress() ?? '127.0.0.1', 'protected-mode': 'yes' }, port);
      return `redis://${ownAddress()}:${port}`;
    },
  },
  {
    name: 'maxmemory reached',
    doctor: [
      'memory',
      'SIZE of 100 KiB, noeviction',
      'it has reached its maxmemory and evicts nothing: writes are refused (OOM)',
      'delete what is not needed, or raise maxmemory',
    ],
    run: '127.0.0.1:PORT takes no writes: it has reached its maxmemory and evicts nothing (OOM)\n  delete what is not needed, or raise maxmemory',
    start: async () => `redis://127.0.0.1:${await started({ maxmemory: '100kb' })}`,
  },
  {
    name: 'a slot uncovered',
    doctor: [
      'cluster',
      '1 primary, 16383 of 16384 slots, state fail',
      'no node has the slot 100: commands on their keys fail (CLUSTERDOWN)',
      'bring the node back that had them, or give them to another: redis-cli --cluster fix HOST:PORT',
    ],
    run: 'the cluster at 127.0.0.1:PORT is down: nodes serve 16383 of its 16384 slots\n  wait until a failover is over, or see what `redis-cli --cluster check` finds',
    async start() {
      const port = await started({ 'cluster-enabled': 'yes' });
      await send(port, 'CLUSTER ADDSLOTSRANGE 0 99 101 16383');
      return `redis://127.0.0.1:${port}`;
    },
  },
];

/** Without what differs from run to run. */
const settled = (text: string): string =>
  text
    .replaceAll(ownAddress() ?? 'none', 'OWN')
    .replaceAll(/(?<=[\d.]|OWN|invalid|localhost):\d{2,5}/g, ':PORT')
    .replace(/^closed: (?:ECONNRESET|EPIPE|the server closed the connection)$/, 'closed')
    .replaceAll(/\d(?:\.\d)? MiB of/g, 'SIZE of');

/** Without a name server, nothing is known of a name, not even that there is none. */
const unresolved = await lookup('cache.invalid').catch((error: NodeJS.ErrnoException) => error.code);
const NOT_HERE = [
  ...(unresolved === 'ENOTFOUND' ? [] : ['wrong host']),
  ...(ownAddress() === undefined ? ['protected mode'] : []),
];

const SCENARIO = 'name: a\nsteps: [{ cache.set: { key: a, value: 1 }, expect: { stored: true } }]\n';
const LONGEST_MS = 10_000;

describe('a broken setup', () => {
  for (const { name, start, doctor, run } of SETUPS) {
    test.skipIf(NOT_HERE.includes(name))(name, async () => {
      const url = await start();
      const cwd = folderWith({ 'a.yaml': SCENARIO });
      const timed = async (...args: string[]) => {
        const begin = performance.now();
        const finished = await runRedrill(args, { cwd });
        expect(performance.now() - begin).toBeLessThan(LONGEST_MS);
        expect([finished.exitCode, /^\s+at /m.test(finished.stdout + finished.stderr)]).toEqual([4, false]);
        return finished;
      };
      const [examined, ran] = [await timed('doctor', url, '--json'), await timed('run', 'a.yaml', '--url', url)];
      const report = JSON.parse(examined.stdout) as DoctorReport; // of our own schema
      const failed = report.rungs.filter(({ status }) => status === 'failed');
      expect(
        failed.map((rung) => [rung.name, rung.seen, rung.cause, rung.advice].map((text) => settled(text ?? ''))),
      ).toEqual([doctor]);
      expect([examined.stderr, settled(ran.stderr)]).toEqual(['', `redrill: ${run}\n`]);
    });
  }
});
