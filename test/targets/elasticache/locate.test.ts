import path from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { TargetError } from '../../../src/errors.js';
import { createRedactor } from '../../../src/redis/redact.js';
import { awsError, loadApi } from '../../../src/targets/elasticache/aws.js';
import type { ElastiCacheConfig } from '../../../src/targets/elasticache/config.js';
import { locate, type Surroundings } from '../../../src/targets/elasticache.js';
import { folderWith } from '../../support/redrill.js';
import {
  type Answer,
  type AwsDouble,
  cacheClusters,
  fault,
  replicationGroups,
  serverlessCaches,
  startAws,
} from './aws.js';

const region = 'eu-west-1';
const KEYS = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'canary' };
const CALLER = 'User: arn:aws:iam::123456789012:user/ci is not authorized to perform: elasticache:Describe';

/** Replication groups by their ids. */
const GROUPS: Readonly<Record<string, () => Answer>> = {
  orders: () => replicationGroups({ id: 'orders' }),
  plain: () => replicationGroups({ id: 'plain', tls: false }),
  shards: () => replicationGroups({ id: 'shards', shards: 3 }),
  one: () => replicationGroups({ id: 'one', shards: 1 }),
  guarded: () => replicationGroups({ id: 'guarded', authToken: true }),
  users: () => replicationGroups({ id: 'users', userGroups: ['team'] }),
  young: () => replicationGroups({ id: 'young', status: 'creating', withoutEndpoints: true }),
  old: () => replicationGroups({ id: 'old', status: 'deleting' }),
  failed: () => replicationGroups({ id: 'failed', status: 'create-failed', withoutEndpoints: true }),
  changing: () => replicationGroups({ id: 'changing', status: 'modifying' }),
  saving: () => replicationGroups({ id: 'saving', status: 'snapshotting' }),
  empty: () => replicationGroups({ id: 'empty', status: 'modifying', withoutEndpoints: true }),
  denied: () => fault(403, 'AccessDenied', `${CALLER}ReplicationGroups on resource: arn:aws:elasticache:…`),
  throttled: () => fault(400, 'Throttling', 'Rate exceeded'),
  expired: () => fault(403, 'ExpiredToken', 'The security token included in the request is expired'),
  unknown: () => fault(403, 'InvalidClientTokenId', 'The security token included in the request is invalid.'),
  forged: () => fault(403, 'SignatureDoesNotMatch', 'The request signature we calculated does not match.'),
  late: () => fault(403, 'SignatureDoesNotMatch', 'Signature expired: 20260901T120000Z is now earlier than …'),
  broken: () => fault(500, 'InternalFailure', 'An internal error has occurred.', 'Receiver'),
  proxy: () => ({ status: 502, body: 'Bad\nGateway' }),
  silent: () => undefined,
};
const SERVERLESS: Readonly<Record<string, () => Answer>> = {
  orders: () => serverlessCaches({ name: 'orders', userGroup: 'team' }),
  mixed: () => serverlessCaches({ name: 'mixed' }),
  young: () => serverlessCaches({ name: 'young', status: 'creating', withoutEndpoints: true }),
  old: () => serverlessCaches({ name: 'old', status: 'DELETING' }),
  denied: () => fault(403, 'AccessDenied', `${CALLER}ServerlessCaches`),
};
const CLUSTERS: Readonly<Record<string, () => Answer>> = {
  'orders-001': () => cacheClusters({ id: 'orders-001', group: 'orders' }),
  lone: () => cacheClusters({ id: 'lone', tls: true }),
  memory: () => cacheClusters({ id: 'memory', engine: 'memcached' }),
  'gone-and-denied': () => fault(403, 'AccessDenied', `${CALLER}CacheClusters`),
};

function answer(action: string, id: string): Answer {
  const [known, kind] = {
    DescribeReplicationGroups: [GROUPS, 'ReplicationGroup'] as const,
    DescribeServerlessCaches: [SERVERLESS, 'ServerlessCache'] as const,
    DescribeCacheClusters: [CLUSTERS, 'CacheCluster'] as const,
  }[action]!;
  return known[id] ? known[id]() : fault(404, `${kind}NotFoundFault`, `${kind} ${id} not found.`);
}

let aws: AwsDouble;
beforeAll(async () => {
  aws = await startAws(answer);
});
afterAll(async () => await aws[Symbol.asyncDispose]());

type Wanted = Omit<ElastiCacheConfig, 'region'>;

/** By the real SDK, which takes all from the environment. */
function find(config: Wanted, surroundings: Partial<Surroundings> = {}, variables: NodeJS.ProcessEnv = {}) {
  const env = {
    ...KEYS,
    AWS_ENDPOINT_URL_ELASTICACHE: aws.url,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
    AWS_CONFIG_FILE: '/nonexistent',
    ...variables,
  };
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const { signal } = new AbortController();
  const now = () => new Date('2026-09-01T12:34:56Z');
  return locate({ ...config, region }, { connect: loadApi, env, now, signal, limitMs: 20_000, ...surroundings });
}

const refusal = async (finding: Promise<unknown>): Promise<unknown[]> => {
  const error = await finding.catch((thrown: unknown) => thrown);
  if (!(error instanceof TargetError)) throw new Error('no TargetError', { cause: error });
  return [error.message, error.details.next];
};

const HOST = 'abc123.euw1.cache.amazonaws.com';
const SERVERLESS_HOST = 'orders-abc123.serverless.euw1.cache.amazonaws.com';

test.each<[config: Wanted, url: string]>([
  [{ replicationGroup: 'orders' }, `rediss://master.orders.${HOST}:6379`],
  [{ replicationGroup: 'orders', endpoint: 'primary' }, `rediss://master.orders.${HOST}:6379`],
  [{ replicationGroup: 'orders', endpoint: 'reader' }, `rediss://replica.orders.${HOST}:6379`],
  [{ replicationGroup: 'plain' }, `redis://master.plain.${HOST}:6379`],
  [{ replicationGroup: 'shards' }, `rediss://clustercfg.shards.${HOST}:6379`],
  [{ replicationGroup: 'one', endpoint: 'configuration' }, `rediss://clustercfg.one.${HOST}:6379`],
  [{ replicationGroup: 'changing' }, `rediss://master.changing.${HOST}:6379`],
  [{ replicationGroup: 'saving' }, `rediss://master.saving.${HOST}:6379`],
  [{ serverlessCache: 'orders' }, `rediss://${SERVERLESS_HOST}:6379`],
  [{ serverlessCache: 'orders', endpoint: 'reader' }, `rediss://${SERVERLESS_HOST}:6380`],
  [{ replicationGroup: 'guarded', auth: 'token', token: 'a/b' }, `rediss://:a%2Fb@master.guarded.${HOST}:6379`],
  [{ replicationGroup: 'users', auth: 'token', user: 'app', token: 'x' }, `rediss://app:x@master.users.${HOST}:6379`],
  [{ replicationGroup: 'users', auth: 'iam', user: 'app' }, `rediss://app@master.users.${HOST}:6379`],
  [{ serverlessCache: 'orders', auth: 'iam', user: 'app' }, `rediss://app@${SERVERLESS_HOST}:6379`],
])('%j is found', async (config, url) => {
  expect((await find(config)).url).toBe(url);
});

const DENIED =
  'allow elasticache:DescribeReplicationGroups and elasticache:DescribeServerlessCaches, or give the endpoint by `terraform: FILE`';
const WAIT = 'wait until the cache is available';
const KEY = 'correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, with AWS_SESSION_TOKEN where the key is temporary';
const undescribed = (id: string, why: string): string =>
  `AWS does not describe the replication group "${id}" in eu-west-1: ${why}`;

test.each<[config: Wanted, message: string, next: string]>([
  [
    { replicationGroup: 'orders', endpoint: 'configuration' },
    'the replication group "orders" in eu-west-1 has no configuration endpoint, says AWS',
    'endpoints that it has: primary, reader, for cluster mode is disabled',
  ],
  [
    { replicationGroup: 'shards', endpoint: 'reader' },
    'the replication group "shards" in eu-west-1 has no reader endpoint, says AWS',
    'endpoints that it has: configuration, for cluster mode is enabled, so that one leads to all nodes',
  ],
  [{ replicationGroup: 'young' }, 'the replication group "young" in eu-west-1 is still being made (creating)', WAIT],
  [
    { replicationGroup: 'old' },
    'the replication group "old" in eu-west-1 is being deleted (deleting)',
    'name another cache, or make it again',
  ],
  [
    { replicationGroup: 'failed' },
    'the replication group "failed" in eu-west-1 could not be made (create-failed)',
    'see why in its events, and make it again',
  ],
  [{ replicationGroup: 'empty' }, 'the replication group "empty" in eu-west-1 has no primary endpoint, says AWS', WAIT],
  [{ serverlessCache: 'young' }, 'the serverless cache "young" in eu-west-1 is still being made (creating)', WAIT],
  [
    { serverlessCache: 'old' },
    'the serverless cache "old" in eu-west-1 is being deleted (DELETING)',
    'name another cache, or make it again',
  ],
  [
    { replicationGroup: 'plain', auth: 'token', token: 'x' },
    'the replication group "plain" in eu-west-1 has no TLS, so that a token would be sent for all to read',
    'enable encryption in transit, or write `auth: none`',
  ],
  [
    { replicationGroup: 'guarded' },
    'the replication group "guarded" in eu-west-1 asks for its AUTH token',
    'write `auth: token` with `token: "${{ env.CACHE_TOKEN }}"`',
  ],
  [
    { replicationGroup: 'orders', auth: 'iam', user: 'app' },
    'the replication group "orders" in eu-west-1 has no user group, so that no IAM user can log in',
    'give it a user group with the user in it, or write `auth: token` or `auth: none`',
  ],
  [
    { serverlessCache: 'mixed', auth: 'iam', user: 'app' },
    'the serverless cache "mixed" in eu-west-1 has no user group, so that no IAM user can log in',
    'give it a user group with the user in it, or write `auth: token` or `auth: none`',
  ],
  [
    { replicationGroup: 'gone' },
    undescribed('gone', 'ReplicationGroupNotFoundFault: ReplicationGroup gone not found.'),
    'correct the id or the region',
  ],
  [
    { replicationGroup: 'gone-and-denied' },
    undescribed('gone-and-denied', 'ReplicationGroupNotFoundFault: ReplicationGroup gone-and-denied not found.'),
    'correct the id or the region',
  ],
  [
    { serverlessCache: 'gone' },
    'AWS does not describe the serverless cache "gone" in eu-west-1: ServerlessCacheNotFoundFault: ServerlessCache gone not found.',
    'correct the id or the region',
  ],
  [
    { serverlessCache: 'shards' },
    'there is no serverless cache "shards" in eu-west-1, but a replication group',
    'write `replicationGroup: shards`',
  ],
  [
    { replicationGroup: 'mixed' },
    'there is no replication group "mixed" in eu-west-1, but a serverless cache',
    'write `serverlessCache: mixed`',
  ],
  [
    { replicationGroup: 'orders-001' },
    'there is no replication group "orders-001" in eu-west-1: that is a node of the replication group "orders"',
    'write `replicationGroup: orders`',
  ],
  [
    { replicationGroup: 'lone' },
    'there is no replication group "lone" in eu-west-1: that is a cluster without one',
    'give its endpoint instead of `elasticache`: `url: rediss://lone.abc123.0001.euw1.cache.amazonaws.com:6379`',
  ],
  [
    { replicationGroup: 'memory' },
    'there is no replication group "memory" in eu-west-1: that is a Memcached cluster',
    'name a cache of Valkey or Redis OSS',
  ],
  [
    { replicationGroup: 'denied' },
    undescribed('denied', `AccessDenied: ${CALLER}ReplicationGroups on resource: arn:aws:elasticache:…`),
    DENIED,
  ],
  [
    { serverlessCache: 'denied' },
    `AWS does not describe the serverless cache "denied" in eu-west-1: AccessDenied: ${CALLER}ServerlessCaches`,
    DENIED,
  ],
  [
    { replicationGroup: 'throttled' },
    undescribed('throttled', 'Throttling: Rate exceeded'),
    'wait a moment, or give the endpoint by `terraform: FILE`',
  ],
  [
    { replicationGroup: 'expired' },
    undescribed('expired', 'ExpiredToken: The security token included in the request is expired'),
    'the session has expired: log in again, or renew the credentials of the job',
  ],
  [
    { replicationGroup: 'unknown' },
    undescribed('unknown', 'InvalidClientTokenId: The security token included in the request is invalid.'),
    KEY,
  ],
  [
    { replicationGroup: 'forged' },
    undescribed('forged', 'SignatureDoesNotMatch: The request signature we calculated does not match.'),
    KEY,
  ],
  [
    { replicationGroup: 'late' },
    undescribed('late', 'SignatureDoesNotMatch: Signature expired: 20260901T120000Z is now earlier than …'),
    'set the clock of this machine',
  ],
  [
    { replicationGroup: 'broken' },
    undescribed('broken', 'InternalFailure: An internal error has occurred.'),
    'see what AWS says, or ask later',
  ],
  [
    { replicationGroup: 'proxy' },
    undescribed('proxy', '@aws-sdk XML parse error: unexpected content.'),
    'see what AWS says, or ask later',
  ],
])('%j is refused', { timeout: 30_000 }, async (config, message, next) => {
  expect(await refusal(find(config))).toEqual([message, next]);
});

const LOG_IN = 'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN), or log in with the AWS CLI';
const REACH =
  'inside a VPC the API of AWS needs a NAT gateway, or an interface endpoint for elasticache; or give the endpoint by `terraform: FILE`';

test('AWS that is not reached is told from a cache that is not there', async () => {
  const closed = { AWS_ENDPOINT_URL_ELASTICACHE: 'http://127.0.0.1:1' };
  expect(await refusal(find({ replicationGroup: 'orders' }, {}, closed))).toEqual([
    undescribed('orders', 'connect ECONNREFUSED 127.0.0.1:1'),
    REACH,
  ]);
});

/** What cannot be had on every machine. */
test.each<[error: Error, said: string, next: string]>([
  [
    new Error('getaddrinfo ENOTFOUND elasticache.eu-west-9.amazonaws.com'),
    'getaddrinfo ENOTFOUND elasticache.eu-west-9.amazonaws.com',
    'correct the region, or see whether names of AWS are known here; or give the endpoint by `terraform: FILE`',
  ],
  [
    new AggregateError([new Error('connect ETIMEDOUT ::1:443'), new Error('connect ETIMEDOUT 127.0.0.1:443')]),
    'connect ETIMEDOUT ::1:443',
    REACH,
  ],
  [
    Object.assign(new Error('Token is expired. To refresh this SSO session run aws sso login.'), {
      name: 'TokenProviderError',
    }),
    'TokenProviderError: Token is expired. To refresh this SSO session run aws sso login.',
    LOG_IN,
  ],
  [
    Object.assign(new Error('one line\nand another'), { name: 'Unknown' }),
    'one line',
    'see what AWS says, or ask later',
  ],
])('%s', (error, said, next) => {
  const { message, details } = awsError('AWS', error);
  expect([message, details.next]).toEqual([`AWS: ${said}`, next]);
});

test('nobody waits for AWS for ever', async () => {
  expect(await refusal(find({ replicationGroup: 'silent' }, { limitMs: 500 }))).toEqual([
    undescribed('silent', 'no answer within 0.5s'),
    REACH,
  ]);
});

test('Ctrl-C ends the waiting', async () => {
  const end = new AbortController();
  const finding = find({ replicationGroup: 'silent' }, { signal: end.signal });
  await expect.poll(() => aws.asked.at(-1)).toBe('DescribeReplicationGroups silent');
  end.abort(new Error('interrupted'));
  await expect(finding).rejects.toThrow('interrupted');
});

test('without credentials no token can be signed, and AWS cannot be asked', { timeout: 30_000 }, async () => {
  const none = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' };
  const why = 'CredentialsProviderError: Could not load credentials from any providers';
  const config: Wanted = { replicationGroup: 'users', auth: 'iam', user: 'app' };
  expect(await refusal(find(config, {}, none))).toEqual([undescribed('users', why), LOG_IN]);
  const terraform = path.join(folderWith({ 'out.json': '"master.users.example"' }), 'out.json');
  expect(await refusal(find({ ...config, terraform }, {}, none))).toEqual([
    `there are no AWS credentials to sign a token with: ${why}`,
    LOG_IN,
  ]);
});

const PROFILE = '[default]\naws_access_key_id = AKIDPROFILE\naws_secret_access_key = canary\n';

test('a token is signed anew for each connection, with the credentials of the time', async () => {
  let now = new Date('2026-09-01T12:34:56Z');
  const end = new AbortController();
  const profile = folderWith({ credentials: PROFILE });
  const variables = { AWS_ACCESS_KEY_ID: '', AWS_SHARED_CREDENTIALS_FILE: path.join(profile, 'credentials') };
  const config: Wanted = { serverlessCache: 'orders', auth: 'iam', user: 'app' };
  const { access, secrets } = await find(config, { now: () => now, signal: end.signal }, variables);
  const first = await access.password?.();
  expect(first).toMatch(
    /^orders\/\?Action=connect&ResourceType=ServerlessCache&User=app&.*X-Amz-Date=20260901T123456Z&/,
  );
  now = new Date('2026-09-01T12:50:00Z');
  end.abort(); // what is cleaned up after Ctrl-C connects, too
  const second = await access.password?.();
  expect(second).toContain('X-Amz-Credential=AKIDPROFILE%2F');
  expect(second).toMatch(/X-Amz-Date=20260901T125000Z&/);
  const { text } = createRedactor(secrets);
  expect(text(`AUTH app ${first} and then AUTH app ${second}`)).toBe('AUTH app *** and then AUTH app ***');
});
