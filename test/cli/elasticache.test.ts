import { readdirSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DoctorReport } from '../../src/cli/doctor/report.schema.js';
import type { Target } from '../../src/contracts/target.js';
import { openConnection } from '../../src/redis/connection.js';
import { addressOf } from '../../src/redis/url.js';
import { signToken } from '../../src/targets/elasticache/token.js';
import { folderWith, runRedrill } from '../support/redrill.js';
import { startTestServer } from '../support/server.js';
import {
  type Answer,
  type AwsDouble,
  fault,
  type GroupFacts,
  replicationGroups,
  startAws,
} from '../targets/elasticache/aws.js';

const LOGIN = { cache: 'orders', serverless: false, user: 'app', region: 'eu-west-1' };
const CREDENTIALS = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'canary-secret-key',
  sessionToken: 'canary+session/token==',
};
const WINDOW_S = 180;

let server: Target;
let aws: AwsDouble;
/** Those that a redrill of now can sign: the server knows no others. */
let tokens: readonly string[];

beforeAll(async () => {
  server = await startTestServer({ topology: 'replicas', replicas: 1, tls: true });
  const begin = Date.now() - 5_000;
  tokens = Array.from({ length: WINDOW_S }, (_, second) =>
    signToken(LOGIN, CREDENTIALS, new Date(begin + second * 1_000)),
  );
  await using admin = await openConnection(addressOf(server), { name: 'admin' });
  const passwords = tokens.map((token) => `>${token}`);
  await admin.call(['ACL', 'SETUSER', 'app', 'on', 'resetpass', ...passwords, '~*', '&*', '+@all']);
  const [at, readerAt] = [server.address, server.node!('replica-1').address].map((address) => ({
    host: '127.0.0.1',
    port: Number(address.split(':').at(-1)),
  }));
  const facts = { userGroups: ['team'], at: at!, readerAt: readerAt! };
  const groups: Readonly<Record<string, Partial<GroupFacts>>> = {
    orders: facts,
    strangers: facts,
    open: { ...facts, userGroups: [] },
    closed: { ...facts, at: { host: '127.0.0.1', port: 1 } },
  };
  aws = await startAws((_, id): Answer => {
    const known = groups[id];
    return known
      ? replicationGroups({ id, ...known })
      : fault(404, 'ReplicationGroupNotFoundFault', `ReplicationGroup ${id} not found.`);
  });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await aws[Symbol.asyncDispose]();
});

const CONFIG = `env: [PASSWORD]
targets:
  orders: { elasticache: { replicationGroup: orders, region: eu-west-1, auth: iam, user: app } }
  strangers: { elasticache: { replicationGroup: strangers, region: eu-west-1, auth: iam, user: app } }
  open: { elasticache: { replicationGroup: open, region: eu-west-1 } }
  reader:
    elasticache:
      { replicationGroup: open, region: eu-west-1, auth: token, token: "\${{ env.PASSWORD }}", endpoint: reader }
  closed: { elasticache: { replicationGroup: closed, region: eu-west-1, auth: iam, user: app } }
  gone: { elasticache: { replicationGroup: gone, region: eu-west-1 } }
`;

/** Logs in as a program would, and tells the world of it. */
const WORKER = `
const { connect } = require('node:tls');
const url = new URL(process.env.REDIS_URL);
const socket = connect({ host: url.hostname, port: url.port, rejectUnauthorized: false });
const password = decodeURIComponent(url.password);
socket.write(['*3', '$4', 'AUTH', '$3', 'app', '$' + password.length, password, ''].join('\\r\\n'));
socket.once('data', (reply) => {
  console.log(password, JSON.stringify({ url, password }), Buffer.from(password).toString('base64'));
  console.log(String(reply).trim());
});
setInterval(() => {}, 1000);
`;

const SCENARIO = `name: tells all that it knows
steps:
  - process.start: { run: [node, worker.cjs], env: { REDIS_URL: "\${{ target.url }}" }, ready: { output: 'OK$' } }
  - command: ["ECHO", "\${{ target.url }}"]
    expect: nothing
    continueOnFailure: true
  - queue.push: { queue: q, message: { url: "\${{ target.url }}" } }
  - queue.work: { queue: q, handler: { faults: [{ fail: {} }] }, deadLetter: dead }
  - command: ["SET", "k", "v"]
`;

function folder(): string {
  const cwd = folderWith({ 'redrill.config.yaml': CONFIG, 'a.yaml': SCENARIO, 'worker.cjs': WORKER });
  symlinkSync(path.resolve('node_modules'), path.join(cwd, 'node_modules'));
  return cwd;
}

function redrill(args: readonly string[], cwd: string) {
  const ca = path.join(folderWith({ 'ca.crt': server.access?.tls?.ca ?? '' }), 'ca.crt');
  const env = {
    AWS_ENDPOINT_URL_ELASTICACHE: aws.url,
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    AWS_SESSION_TOKEN: CREDENTIALS.sessionToken,
    NODE_EXTRA_CA_CERTS: ca,
    PASSWORD: decodeURIComponent(new URL(server.url).password),
  };
  return runRedrill(args, { cwd, env });
}

const filesIn = (within: string): readonly string[] =>
  readdirSync(within, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));

test('a run logs in with tokens, so do its programs, and none of them is told', { timeout: 90_000 }, async () => {
  const cwd = folder();
  const reports = ['pretty', 'json=r.json', 'ndjson=r.ndjson', 'junit=r.xml'].flatMap((name) => ['--report', name]);
  const commands: readonly (readonly [exitCode: number, ...args: string[]])[] = [
    [1, 'run', 'a.yaml', '--target', 'orders', '--allow-run', ...reports, '--history', 'history', '--verbose'],
    [0, 'doctor', 'orders'],
    [0, 'doctor', 'orders', '--json'],
    [0, 'targets'],
    [0, 'targets', 'orders', '--capabilities'],
    [0, 'dlq', 'list', '--target', 'orders'],
  ];
  const said: string[] = [];
  const ended: unknown[] = [];
  for (const [, ...args] of commands) {
    const { exitCode, stdout, stderr } = await redrill(args, cwd);
    said.push(stdout, stderr);
    ended.push([exitCode, ...args]);
  }
  expect(ended, said.join('\n')).toEqual(commands);
  expect(said[1]).toBe(''); // no remark of the SDK either
  expect(said[0]).toContain('1 failed');
  expect(said[0]).toContain('rediss://app:***@127.0.0.1');
  const texts = [...said, ...filesIn(cwd).map((file) => readFileSync(file, 'utf8'))];
  const signatures = tokens.map((token) => token.slice(-64));
  const secrets = [...signatures, CREDENTIALS.secretAccessKey, CREDENTIALS.sessionToken, 'canary%2Bsession'];
  const inBase64 = Buffer.from('orders/?Action=connect&User=app&X-Amz-Algorithm').toString('base64').slice(0, 40);
  const leaks = texts.filter((text) => [...secrets, inBase64].some((secret) => text.includes(secret)));
  expect(leaks).toEqual([]);
});

test.each<[target: string, stderr: string]>([
  [
    'gone',
    'redrill: AWS does not describe the replication group "gone" in eu-west-1: ' +
      'ReplicationGroupNotFoundFault: ReplicationGroup gone not found.\n  correct the id or the region\n',
  ],
  [
    'strangers',
    'redrill: cannot connect to rediss://127.0.0.1:PORT: it refused the user name or the password (WRONGPASS)\n' +
      '  allow elasticache:Connect on the cache and on the user, whose id and name must be the same; see that the user is ' +
      'in the user group of the cache, and that the clock is right\n',
  ],
  [
    'open',
    'redrill: cannot connect to rediss://127.0.0.1:PORT: it asks for a password (NOAUTH)\n' +
      '  write `auth: iam` with a `user`, or `auth: token` with a `token`\n',
  ],
  [
    'reader',
    'redrill: rediss://127.0.0.1:PORT takes no writes: it is a replica (READONLY)\n' +
      '  use the address of the primary\n',
  ],
])('a run on %s ends with one message', async (target, expected) => {
  const { exitCode, stderr } = await redrill(['run', 'a.yaml', '--target', target, '--allow-run'], folder());
  expect([exitCode, stderr.replace(/:\d+(?=[: ])/, ':PORT')]).toEqual([4, expected]);
});

test.each<[target: string, rung: string, cause: string, advice: string]>([
  ['closed', 'TCP', 'no server listens there', 'start the server, or correct the port'],
  [
    'strangers',
    'AUTH',
    'it refused the user app or its password',
    'allow elasticache:Connect on the cache and on the user, whose id and name must be the same; see that the user is in ' +
      'the user group of the cache, and that the clock is right',
  ],
])('the doctor climbs to what is wrong with %s', async (target, name, cause, advice) => {
  const { exitCode, stdout, stderr } = await redrill(['doctor', target, '--json'], folder());
  expect([exitCode, stderr]).toEqual([4, '']);
  const { rungs, target: described } = JSON.parse(stdout) as DoctorReport; // of our own schema
  expect(rungs.find(({ status }) => status === 'failed')).toMatchObject({ name, cause, advice });
  expect(described).toMatchObject({ name: target, kind: 'elasticache' });
  expect(described.address).toMatch(/^rediss:\/\/127\.0\.0\.1:\d+$/);
});
