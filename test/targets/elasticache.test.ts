import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { ScenarioError, TargetError } from '../../src/errors.js';
import type { ElastiCacheApi } from '../../src/targets/elasticache/aws.js';
import type { ElastiCacheConfig } from '../../src/targets/elasticache/config.js';
import { settleLogin } from '../../src/targets/elasticache/login.js';
import { locate } from '../../src/targets/elasticache.js';
import { folderWith, runRedrill } from '../support/redrill.js';

const region = 'eu-west-1';
const KEYS = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'canary' };

/** The AWS API alone, with the answers that it gives. */
const aws: ElastiCacheApi = {
  async describeReplicationGroups({ ReplicationGroupId: id }) {
    const TransitEncryptionEnabled = id !== 'plain';
    if (id === 'shards') {
      const ConfigurationEndpoint = { Address: 'clustercfg.shards.example', Port: 6379 };
      return { ReplicationGroups: [{ ConfigurationEndpoint, NodeGroups: [{}], TransitEncryptionEnabled }] };
    }
    if (id === 'young') return { ReplicationGroups: [{ TransitEncryptionEnabled }] };
    if (id === 'gone') throw named('ReplicationGroupNotFoundFault', 'ReplicationGroup gone not found.');
    if (id === 'denied') throw named('AccessDenied', 'not authorized to perform elasticache:DescribeReplicationGroups');
    const PrimaryEndpoint = { Address: 'master.orders.example', Port: 6379 };
    const ReaderEndpoint = { Address: 'replica.orders.example', Port: 6379 };
    return { ReplicationGroups: [{ NodeGroups: [{ PrimaryEndpoint, ReaderEndpoint }], TransitEncryptionEnabled }] };
  },
  async describeServerlessCaches() {
    const Address = 'orders.serverless.example';
    return { ServerlessCaches: [{ Endpoint: { Address, Port: 6379 }, ReaderEndpoint: { Address, Port: 6380 } }] };
  },
  config: {
    async credentials() {
      throw named('CredentialsProviderError', 'Could not load credentials from any providers');
    },
  },
};

const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });

const find = (config: Omit<ElastiCacheConfig, 'region'>, env: NodeJS.ProcessEnv = KEYS) =>
  locate(
    { ...config, region },
    { connect: () => aws, env, now: () => new Date('2026-09-01T12:34:56Z'), signal: new AbortController().signal },
  );

test.each<[config: Omit<ElastiCacheConfig, 'region'>, url: string]>([
  [{ replicationGroup: 'orders' }, 'rediss://master.orders.example:6379'],
  [{ replicationGroup: 'orders', endpoint: 'reader' }, 'rediss://replica.orders.example:6379'],
  [{ replicationGroup: 'plain' }, 'redis://master.orders.example:6379'],
  [{ replicationGroup: 'shards' }, 'rediss://clustercfg.shards.example:6379'],
  [{ serverlessCache: 'orders' }, 'rediss://orders.serverless.example:6379'],
  [{ serverlessCache: 'orders', endpoint: 'reader' }, 'rediss://orders.serverless.example:6380'],
  [{ replicationGroup: 'orders', auth: 'token', token: 'a/b' }, 'rediss://:a%2Fb@master.orders.example:6379'],
  [{ replicationGroup: 'orders', auth: 'token', user: 'app', token: 'x' }, 'rediss://app:x@master.orders.example:6379'],
])('%j', async (config, url) => {
  expect((await find(config)).url).toBe(url);
});

test('an IAM token is the password, and a secret', async () => {
  const { url, secrets } = await find({ serverlessCache: 'orders', auth: 'iam', user: 'app' });
  const { username, password, host } = new URL(url);
  expect([username, host]).toEqual(['app', 'orders.serverless.example:6379']);
  expect(decodeURIComponent(password)).toMatch(/^orders\/\?Action=connect&ResourceType=ServerlessCache&User=app&/);
  expect(secrets).toEqual([decodeURIComponent(password), password.slice(-64)]);
});

test.each<[config: Omit<ElastiCacheConfig, 'region'>, message: string, next: string]>([
  [
    { replicationGroup: 'orders', endpoint: 'configuration' },
    'replication group "orders" in eu-west-1 has no configuration endpoint, says AWS',
    'endpoints that it has: primary, reader',
  ],
  [
    { replicationGroup: 'young' },
    'replication group "young" in eu-west-1 has no primary endpoint, says AWS',
    'wait until the cache is available',
  ],
  [
    { replicationGroup: 'plain', auth: 'token', token: 'x' },
    'the replication group "plain" in eu-west-1 has no TLS, so that a token would be sent for all to read',
    'enable encryption in transit, or write `auth: none`',
  ],
  [
    { replicationGroup: 'gone' },
    'AWS does not describe the replication group "gone" in eu-west-1: ReplicationGroupNotFoundFault: ReplicationGroup gone not found.',
    'correct the id or the region',
  ],
  [
    { replicationGroup: 'denied' },
    'AWS does not describe the replication group "denied" in eu-west-1: AccessDenied: not authorized to perform elasticache:DescribeReplicationGroups',
    'allow elasticache:DescribeReplicationGroups or elasticache:DescribeServerlessCaches, or give the endpoint by `terraform: FILE`',
  ],
  [
    { replicationGroup: 'orders', auth: 'iam', user: 'app' },
    'there are no AWS credentials to sign a token with: CredentialsProviderError: Could not load credentials from any providers',
    'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN), or log in with the AWS CLI',
  ],
])('%j is refused', async (config, message, next) => {
  const error = await find(config, {}).catch((thrown: unknown) => thrown);
  if (!(error instanceof TargetError)) throw new Error('no TargetError', { cause: error });
  expect([error.message, error.details.next]).toEqual([message, next]);
});

test.each<[config: Partial<ElastiCacheConfig>, message: string, next: string]>([
  [{ auth: 'iam' }, '`auth: iam` needs a `user`', 'name the IAM user of the cache'],
  [
    { auth: 'iam', user: 'App' },
    'the IAM user "App" has upper-case letters, which ElastiCache does not have',
    'write it in lower case',
  ],
  [{ auth: 'token' }, '`auth: token` needs a `token`', 'write `token: "${{ env.CACHE_TOKEN }}"`'],
  [{ token: 'x' }, '`token` belongs to `auth: token`, not to `auth: none`', 'correct `auth`, or take out `token`'],
  [{ user: 'app' }, 'a `user` cannot log in with `auth: none`', 'write `auth: iam` or `auth: token`'],
  [
    { serverlessCache: 'a', endpoint: 'configuration' },
    'a serverless cache has no configuration endpoint',
    'leave out `endpoint`, or write `reader`',
  ],
])('%j does not go together', (config, message, next) => {
  const expected = new ScenarioError(`elasticache: ${message}`, { next });
  expect(() => settleLogin({ region, ...config })).toThrow(expected);
});

describe('the command line', () => {
  const redrill = (fields: string, args: readonly string[], cwd = folderWith({})) => {
    writeFileSync(path.join(cwd, 'redrill.config.yaml'), `targets:\n  cache:\n    elasticache: { ${fields} }\n`);
    return runRedrill([...args], { cwd, env: KEYS });
  };

  test('lists it without asking AWS', async () => {
    const { stdout } = await redrill('replicationGroup: orders, region: eu-west-1', ['targets', 'cache']);
    expect(stdout).toBe('target  kind         address\ncache   elasticache  replication group "orders" in eu-west-1\n');
  });

  test('says what to install', async () => {
    const fields = 'replicationGroup: orders, region: eu-west-1';
    const { exitCode, stderr } = await redrill(fields, ['targets', 'cache', '--capabilities']);
    expect([exitCode, stderr]).toEqual([
      4,
      'redrill: what can be done to "cache" is not known until it is opened: ' +
        '@aws-sdk/client-elasticache, by which AWS is asked, is not installed\n' +
        '  npm install --save-dev @aws-sdk/client-elasticache; or give the endpoint by `terraform: FILE`, ' +
        'and credentials by AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY\n',
    ]);
  });

  test('connects to what Terraform names, and shows no token', async () => {
    const cwd = folderWith({
      'out.json': '[{"address":"127.0.0.1","port":1}]',
      'a.yaml': 'name: a\nsteps: [{ command: PING }]',
    });
    const fields = 'serverlessCache: orders, region: eu-west-1, auth: iam, user: app, terraform: out.json';
    const { exitCode, stdout, stderr } = await redrill(fields, ['run', 'a.yaml', '--target', 'cache'], cwd);
    expect([exitCode, stderr]).toEqual([
      4,
      'redrill: cannot connect to rediss://127.0.0.1:1: connection refused: no server listens there\n' +
        '  start the server, or correct the address\n',
    ]);
    expect(`${stdout}${stderr}`).not.toMatch(/X-Amz|canary/);
  });

  test.each([
    ['region: eu-west-1', '"elasticache" needs "replicationGroup" or "serverlessCache"'],
    ['replicationGroup: a, serverlessCache: b, region: eu-west-1', 'not both'],
    ['replicationGroup: a', 'region'],
    ['replicationGroup: a, region: eu-west-1, auth: iam', 'yaml:3:18 elasticache: `auth: iam` needs a `user`'],
    ['replicationGroup: a, region: Ireland', 'Ireland'],
    [
      'replicationGroup: a, region: eu-west-1, auth: token, token: canary',
      'the token of "cache" is written in the file',
    ],
  ])('%s is refused', async (fields, words) => {
    const { exitCode, stderr } = await redrill(fields, ['targets', 'cache']);
    expect([exitCode, stderr.includes(words), stderr.includes('canary')], stderr).toEqual([3, true, false]);
  });
});
