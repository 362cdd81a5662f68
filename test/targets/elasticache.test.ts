import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { ScenarioError } from '../../src/errors.js';
import type { ElastiCacheConfig } from '../../src/targets/elasticache/config.js';
import { settleLogin } from '../../src/targets/elasticache/login.js';
import { folderWith, runRedrill } from '../support/redrill.js';

const region = 'eu-west-1';
const KEYS = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'canary' };

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
