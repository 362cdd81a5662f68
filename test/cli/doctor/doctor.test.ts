import { createServer } from 'node:net';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type DoctorReport, doctorReportSchema } from '../../../src/cli/doctor/report.schema.js';
import { folderWith, runRedrill } from '../../support/redrill.js';
import { freePort, listen, send, startServer, startTlsServer, writeCertificates } from './servers.js';

async function started(directives: Readonly<Record<string, string>>, ...commands: string[]): Promise<string> {
  const port = await freePort();
  await startServer(directives, port);
  expect(await send(port, ...commands)).not.toMatch(/^-/m);
  return `127.0.0.1:${port}`;
}

async function examine(...args: string[]) {
  const finished = await runRedrill(['doctor', ...args, '--json'], { cwd: folderWith() });
  const report = JSON.parse(finished.stdout) as DoctorReport; // of our own schema
  expect(finished.exitCode).toBe(report.exitCode);
  return { ...report, of: Object.fromEntries(report.rungs.map((rung) => [rung.name, rung])) };
}

/** Those that are not well; how fast replies come is up to the machine. */
const troubles = ({ rungs }: DoctorReport) => rungs.filter(({ name, status }) => status !== 'ok' && name !== 'latency');

/** Without what differs from run to run. */
const settled = (text: string): string =>
  text
    .replace(/^ {2}. latency.*\n(?: {5,}.*\n)*/m, '')
    .replace(/(?<=\n\n)\S .*\n$/, '')
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
    .replaceAll(/\d+(?:\.\d+)?ms/g, 'Nms')
    .replaceAll(/\d+(?:\.\d+)? MiB, no limit/g, 'SIZE, no limit')
    .replaceAll(/(?:Redis|Valkey) \d+\.\d+\.\d+/g, 'ENGINE');

const WELL = {
  appendonly: 'yes',
  'notify-keyspace-events': 'KEx',
  'maxmemory-policy': 'noeviction',
};

describe('for people', () => {
  test('a server that is well', async () => {
    const { stdout, exitCode } = await runRedrill(['doctor', `redis://${await started(WELL)}/2`]);
    expect(exitCode).toBe(0);
    expect(settled(stdout)).toMatchInlineSnapshot(`
      "127.0.0.1:PORT/2

        ✓ URL              no TLS, no password, database 2
        ✓ DNS              not needed for an address
        ✓ TCP              connected in Nms
        ✓ TLS              not used (redis://)
        ✓ protocol         PING was answered
        ✓ AUTH             no password needed, as default, in database 2
        ✓ ACL              default may run all that Redrill needs
        ✓ role             primary, without replicas
        ✓ engine           ENGINE, standalone
        ✓ cluster          not a cluster
        ✓ memory           SIZE, no limit, noeviction
        ✓ keyspace events  xKE: expired keys are told
        ✓ pub/sub buffer   32 MiB, or 8 MiB for 60s
        ✓ persistence      AOF, fsync everysec: a crash loses a second
        ✓ clock            as ours

      "
    `);
  });

  test('what breaks patterns is a warning each', async () => {
    const address = await started({
      'maxmemory-policy': 'allkeys-lru',
      maxmemory: '1gb',
      'client-output-buffer-limit': 'pubsub 1mb 512kb 60',
    });
    const { stdout, exitCode } = await runRedrill(['doctor', '--url', `redis://${address}`]);
    expect(exitCode).toBe(0);
    expect(settled(stdout.replace(/[\d.]+ MiB of/, 'SIZE of'))).toMatchInlineSnapshot(`
      "127.0.0.1:PORT

        ✓ URL              no TLS, no password
        ✓ DNS              not needed for an address
        ✓ TCP              connected in Nms
        ✓ TLS              not used (redis://)
        ✓ protocol         PING was answered
        ✓ AUTH             no password needed, as default
        ✓ ACL              default may run all that Redrill needs
        ✓ role             primary, without replicas
        ✓ engine           ENGINE, standalone
        ✓ cluster          not a cluster
        ! memory           SIZE of 1 GiB, allkeys-lru
                           when memory is short the server evicts keys, those of queues and streams among them
                           → use maxmemory-policy noeviction for queues; for a cache alone it is right
        ! keyspace events  none
                           nobody is told when a key expires
                           → set notify-keyspace-events to KEx, by CONFIG SET or in the parameter group, if something waits for them
        ! pub/sub buffer   1 MiB, or 512 KiB for 60s
                           a subscriber that falls this far behind is cut off, and loses messages
                           → raise client-output-buffer-limit pubsub (the default is 32mb 8mb 60)
        ! persistence      neither AOF nor snapshots
                           a restart of the server loses every message
                           → use appendonly yes where queues must survive it
        ✓ clock            as ours

      "
    `);
  });
});

test('for programs', async () => {
  const { of: rungs, ...report } = await examine('managed');
  const validate = new Ajv2020({ strict: false }).compile(JSON.parse(JSON.stringify(doctorReportSchema)));
  expect([validate(report), validate.errors]).toEqual([true, null]);
  expect(report).toMatchObject({ version: 1, exitCode: 0, target: { name: 'managed', kind: 'managed' } });
  expect(troubles(report)).toEqual([]);
  expect(rungs.latency?.data).toEqual({
    pings: 50,
    p50: expect.any(Number),
    p99: expect.any(Number),
    eventLoopP99: expect.any(Number),
  });
});

describe('with what the user may do', () => {
  const REFUSED =
    '-config -debug -migrate -replicaof -slaveof -shutdown -save -bgsave -bgrewriteaof -sync -psync -acl|setuser ' +
    '-acl|deluser -acl|load -acl|save -keys -monitor -object -memory -latency -slowlog -client|kill -client|list ' +
    '-client|pause -client|tracking -client|id -client|info -psubscribe -script|kill -function -wait -swapdb -move';
  const elastic = (directives: Readonly<Record<string, string>> = {}) =>
    started(directives, `ACL SETUSER app on >secret ~* &* +@all ${REFUSED}`);

  test('as on ElastiCache: nothing fails, and what is refused is not known', async () => {
    const report = await examine(`redis://app:secret@${await elastic(WELL)}`);
    const { of: rungs } = report;
    expect(report.exitCode).toBe(0);
    expect(troubles(report)).toEqual([
      {
        name: 'pub/sub buffer',
        status: 'unknown',
        seen: 'not known',
        cause: 'CONFIG is refused',
        advice: 'the default is 32 MiB, or 8 MiB for 60s',
      },
    ]);
    expect([rungs['keyspace events']?.seen, rungs.memory?.status, rungs.persistence?.seen]).toEqual([
      'expired keys are told (tried with a key of its own)',
      'ok',
      'AOF, fsync not known',
    ]);
  });

  test('as on ElastiCache, without events, and without a log on disk', async () => {
    const { of: rungs } = await examine(`redis://app:secret@${await elastic()}`);
    expect([rungs['keyspace events'], rungs.persistence]).toMatchObject([
      { status: 'warning', seen: 'none came for a key of its own that expired' },
      { status: 'unknown', seen: 'no AOF', cause: 'CONFIG is refused, so that snapshots are not known' },
    ]);
  });

  test('who may do next to nothing', async () => {
    const address = await started({}, 'ACL SETUSER app on >secret -@all +ping');
    const report = await examine(`redis://app:secret@${address}`);
    expect(report.exitCode).toBe(4);
    expect(troubles(report).map(({ name, status, cause }) => `${name} ${status}: ${cause}`)).toMatchInlineSnapshot(`
      [
        "ACL failed: the user app may not run EXISTS, which every run sends",
        "memory unknown: refused: NOPERM this user has no permissions to run the 'info' command",
        "keyspace events unknown: CONFIG is refused, and they could not be tried",
        "pub/sub buffer unknown: CONFIG is refused",
        "persistence unknown: refused: NOPERM this user has no permissions to run the 'info' command",
        "clock unknown: TIME is refused",
      ]
    `);
  });

  test('who lacks some commands, keys or channels', async () => {
    const address = await started(
      {},
      'ACL SETUSER commands on >secret ~* &* +@all -xadd -xgroup|create -publish',
      'ACL SETUSER blind on >secret ~* &* +@all -info',
      'ACL SETUSER keys on >secret ~app:* &* +@all',
      'ACL SETUSER channels on >secret ~* +@all resetchannels',
    );
    const of = async (user: string) => (await examine(`redis://${user}:secret@${address}`)).of.ACL;
    expect([await of('commands'), await of('blind'), await of('keys'), await of('channels')]).toMatchInlineSnapshot(`
      [
        {
          "advice": "let it: ACL SETUSER commands +xadd +xgroup|create +publish (on ElastiCache: in its access string)",
          "cause": "what uses them will fail",
          "name": "ACL",
          "seen": "commands may not use XADD, XGROUP|CREATE (streams); PUBLISH (pub/sub)",
          "status": "warning",
        },
        {
          "advice": "let it: ACL SETUSER blind +info (on ElastiCache: in its access string)",
          "cause": "what uses them will fail",
          "name": "ACL",
          "seen": "blind may not use INFO (figures of the server)",
          "status": "warning",
        },
        {
          "advice": "let it: ACL SETUSER keys ~redrill:* (on ElastiCache: in its access string)",
          "cause": "a run needs them",
          "name": "ACL",
          "seen": "keys may not use its keys (redrill:*)",
          "status": "failed",
        },
        {
          "advice": "let it: ACL SETUSER channels &redrill:* (on ElastiCache: in its access string)",
          "cause": "what uses them will fail",
          "name": "ACL",
          "seen": "channels may not use its channels (redrill:*)",
          "status": "warning",
        },
      ]
    `);
  });
});

describe('TLS', () => {
  test('by an authority that the configuration names', async () => {
    const certificates = writeCertificates();
    const port = await startTlsServer(certificates);
    const cwd = folderWith({
      'redrill.config.yaml': `targets:
  known: { url: "rediss://localhost:${port}", tls: { ca: ${certificates.ca} } }
  blind: { url: "rediss://127.0.0.1:${port}", tls: { verify: false } }
  named: { url: "rediss://127.0.0.1:${port}", tls: { ca: ${certificates.ca}, serverName: other.example } }
`,
      'a.yaml': 'name: a\nsteps: [{ command: PING, expect: PONG }]\n',
    });
    const tls = async (name: string) => {
      const { stdout } = await runRedrill(['doctor', name, '--json'], { cwd });
      const found = (JSON.parse(stdout) as DoctorReport).rungs.find((rung) => rung.name === 'TLS'); // of our own schema
      return JSON.parse(JSON.stringify(found).replace(/\d{4}-\d\d-\d\d/, 'DATE')) as unknown;
    };
    expect([await tls('known'), await tls('blind'), await tls('named')]).toMatchInlineSnapshot(`
      [
        {
          "advice": "renew it",
          "cause": "the certificate expires in 0 days",
          "name": "TLS",
          "seen": "TLSv1.3, certificate of localhost, valid until DATE",
          "status": "warning",
        },
        {
          "advice": "give the authority by \`tls: { ca: FILE }\`, and leave out \`verify: false\`",
          "cause": "the certificate is not verified: anybody in between can read and change everything",
          "name": "TLS",
          "seen": "TLSv1.3, certificate of localhost, valid until DATE",
          "status": "warning",
        },
        {
          "advice": "use the name that it was made for, or say it by \`tls: { serverName: NAME }\` where the address is a tunnel or an IP address",
          "cause": "the certificate was made for DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1",
          "name": "TLS",
          "seen": "ERR_TLS_CERT_ALTNAME_INVALID",
          "status": "failed",
        },
      ]
    `);
    const codes = ['known', 'blind', 'named'].map(
      async (name) => (await runRedrill(['run', 'a.yaml', '--target', name], { cwd })).exitCode,
    );
    expect(await Promise.all(codes)).toEqual([0, 0, 4]);
  });
});

test('a Sentinel is asked where the primary is', async () => {
  const report = await examine('managed:sentinel');
  expect(troubles(report)).toEqual([]);
  expect(settled(report.of.Sentinel?.seen ?? '')).toBe('primary is at 127.0.0.1:PORT, say 3 of 3');
}, 30_000);

test('a server that hangs takes no more than its time', async () => {
  const silent = createServer((socket) => socket.on('error', () => {}));
  const port = await listen(silent);
  onTestFinished(() => void silent.close());
  const { of: rungs, exitCode, durationMs } = await examine(`redis://127.0.0.1:${port}`);
  expect([exitCode, rungs.protocol, rungs.clock]).toMatchObject([
    4,
    {
      seen: 'no answer within 1.5s',
      cause: 'it took the connection, but says nothing: it hangs, or is no Redis server',
      advice: 'look at the server, or correct the port',
    },
    { status: 'unknown', seen: 'not reached', cause: 'protocol failed' },
  ]);
  expect(durationMs).toBeLessThan(10_000);
});

test.each([
  [['doctor', 'nowhere'], 'there is no target "nowhere"\n  add it under `targets:` in redrill.config.yaml\n'],
  [['doctor', 'managed', '--url', 'redis://localhost'], 'managed and --url both name a server\n  give one of them\n'],
  [
    ['doctor', '--url', 'redis://:canary@'],
    expect.stringMatching(/^this is not the URL of a server: the host is missing/),
  ],
])('%j is refused', async (args, message) => {
  const { exitCode, stdout, stderr } = await runRedrill(args, { cwd: folderWith() });
  expect([exitCode, stdout, stderr.replace('redrill: ', '')]).toEqual([3, '', message]);
  expect(stderr).not.toContain('canary');
});
