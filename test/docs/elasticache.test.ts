import { spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { folderWith, runRedrill } from '../support/redrill.js';
import { lintTemplate } from './cloudformation.js';
import { lintWorkflow } from './workflow.js';

const FOLDER = path.resolve(import.meta.dirname, '../../docs/elasticache');
const read = (name: string): string => readFileSync(path.join(FOLDER, name), 'utf8');

describe('templates of CloudFormation', () => {
  const templates = readdirSync(FOLDER).filter((name) => name.endsWith('.template.yaml'));

  test.each(templates)('%s is one', (name) => {
    expect(lintTemplate(read(name))).toEqual([]);
  });

  test.each<[from: string, to: string, problem: string]>([
    ['Type: AWS::EC2::VPC\n', 'Type: AWS::EC2::Vpc\n', 'Resources.Network: there is no type AWS::EC2::Vpc'],
    ['CidrBlock: 10.83.0.0/16', 'Cidr: 10.83.0.0/16', 'Resources.Network: there is no property Cidr'],
    ['      GroupDescription: The cache\n', '', 'Resources.CacheSecurityGroup: it has no GroupDescription'],
    [
      'ToPort: 6379',
      'ToPort: "6379"',
      'Resources.CacheSecurityGroup.SecurityGroupIngress.0.ToPort: "6379" is no number',
    ],
    [
      'EnableDnsSupport: true',
      'EnableDnsSupport: "on"',
      'Resources.Network.EnableDnsSupport: "on" is neither true nor false',
    ],
    ['{ Type: iam }', '{ Type: IAM }', 'Resources.RunnerUser.AuthenticationMode.Type: "IAM" is not allowed'],
    ['{ Type: iam }', '{ Kind: iam }', 'Resources.RunnerUser.AuthenticationMode: there is no property Kind'],
    [
      'UserGroupIds: [!Ref Users]',
      'UserGroupIds: !Ref Usres',
      'Resources.Cache.Properties.UserGroupIds: there is nothing named Usres',
    ],
    ['UserGroupIds: [!Ref Users]', 'UserGroupIds: users', 'Resources.Cache.UserGroupIds: "users" is no list'],
    [
      'Cache.PrimaryEndPoint.Address',
      'Cache.PrimaryEndpoint.Address',
      'Outputs.Endpoint.Value.2: AWS::ElastiCache::ReplicationGroup has no attribute PrimaryEndpoint.Address',
    ],
    ['user:${CacheUser}"', 'user:${CacheUsr}"', 'there is nothing named CacheUsr'],
    ['!If [IsCluster, "yes"', '!If [IsClusterd, "yes"', 'there is no condition IsClusterd'],
    ['DependsOn: InternetGatewayAttachment', 'DependsOn: Gateway', 'there is no resource Gateway'],
    ['!Join [","', '!Joyn [","', 'there is no function Joyn'],
    ['Default: disabled', 'Default: "off"', 'Parameters.ClusterMode: its Default off is not allowed'],
    ['CacheNodeType: !Ref NodeType', 'CacheNodeType: cache.t4g.micro', 'NodeType: nothing uses it'],
    ['Outputs:', 'Output:', ': there is no section Output'],
  ])('with %j for %j is none', (from, to, problem) => {
    const template = read('cluster.template.yaml');
    const broken = template.replace(from, to);
    expect(broken).not.toBe(template);
    expect(lintTemplate(broken).join('\n')).toContain(problem);
  });
});

test('the template gives a configuration that Redrill takes', async () => {
  const { Outputs } = parse(read('cluster.template.yaml'), { logLevel: 'silent' }) as {
    readonly Outputs: { readonly RedrillConfig: { readonly Value: string } };
  }; // as the linter has seen
  const values: Readonly<Record<string, string>> = { Cache: 'orders', CacheUser: 'app', 'AWS::Region': 'eu-west-1' };
  const config = Outputs.RedrillConfig.Value.replace(/\$\{(.*?)\}/g, (_, name) => values[name] ?? '');
  const { exitCode, stdout, stderr } = await runRedrill(['targets', 'cache'], {
    cwd: folderWith({ 'redrill.config.yaml': config }),
  });
  expect([exitCode, stderr, stdout]).toEqual([
    0,
    '',
    'target  kind         address\n' + 'cache   elasticache  replication group "orders" in eu-west-1  default\n',
  ]);
});

describe('the workflow of GitHub', () => {
  const workflow = read('github-workflow.yml');

  test('is one', async () => {
    expect(await lintWorkflow(workflow)).toEqual([]);
  });

  test.each([
    ['runs-on:', 'runs_on:', "Unexpected value 'runs_on'"],
    ['id-token: write', 'id-token: always', "Unexpected value 'always'"],
    ['timeout-minutes: 30', 'timeout-minutes: half', 'half'],
  ])('with %j for %j is none', async (from, to, words) => {
    expect((await lintWorkflow(workflow.replace(from, to))).join('\n')).toContain(words);
  });
});

test('the buildspec has the phases and the report that CodeBuild knows', () => {
  const spec = parse(read('buildspec.yml')) as Readonly<Record<string, Readonly<Record<string, unknown>>>>; // looked at below
  expect(Object.keys(spec)).toEqual(['version', 'phases', 'reports']);
  expect(spec.version).toBe(0.2);
  expect(Object.keys(spec.phases!)).toEqual(['install', 'pre_build', 'build']);
  expect(spec.reports).toEqual({
    redrill: { files: ['redrill.xml'], 'base-directory': 'reports', 'file-format': 'JUNITXML' },
  });
});

describe('the script that runs a task', () => {
  /** Answers as the AWS CLI does. */
  const aws = (exitCode: string): string => `#!/bin/sh
echo "$@" >> "$CALLS"
case "$2" in
  run-task) echo arn:aws:ecs:eu-west-1:123456789012:task/redrill/0123abc ;;
  get-log-events) printf 'one\\ttwo\\n' ;;
  describe-tasks) echo ${exitCode} ;;
esac
`;

  test.each([
    ['0', 0, ''],
    ['1', 1, ''],
    ['None', 4, 'the task did not start: see its stoppedReason\n'],
  ])('ends with the exit code %s of the container', (code, expected, said) => {
    const folder = folderWith({ aws: aws(code), calls: '' });
    chmodSync(path.join(folder, 'aws'), 0o755);
    const calls = path.join(folder, 'calls');
    const { status, stdout, stderr } = spawnSync('bash', [path.join(FOLDER, 'run-task.sh')], {
      encoding: 'utf8',
      env: { PATH: `${folder}:${process.env.PATH}`, CALLS: calls, SUBNET: 'subnet-1', SECURITY_GROUP: 'sg-1' },
    });
    expect([status, stdout, stderr]).toEqual([expected, 'one\ntwo\n', said]);
    expect(readFileSync(calls, 'utf8')).toContain('subnets=[subnet-1],securityGroups=[sg-1],assignPublicIp=ENABLED');
    expect(readFileSync(calls, 'utf8')).toContain('--log-stream-name run/redrill/0123abc');
  });
});

describe('the guide', () => {
  const guide = readFileSync(path.join(FOLDER, '../elasticache.md'), 'utf8');
  const block = (language: string): string => new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(guide)?.[1] ?? '';

  test('asks for the rights that the template gives', () => {
    const [connect, describe] = JSON.parse(block('json')).Statement;
    const template = read('cluster.template.yaml');
    for (const action of [connect.Action, ...describe.Action]) expect(template).toContain(action);
  });

  test('shows targets that Redrill takes', async () => {
    const cwd = folderWith({ 'redrill.config.yaml': block('yaml') });
    const { exitCode, stderr } = await runRedrill(['targets'], { cwd, env: { CACHE_TOKEN: 'canary' } });
    expect([exitCode, stderr]).toEqual([0, '']);
  });

  test('links to files that are there', () => {
    const links = [...guide.matchAll(/\]\((elasticache\/[^)]+)\)/g)].map(([, file = '']) => file);
    expect(links.length).toBeGreaterThan(5);
    for (const file of links) expect(readFileSync(path.join(FOLDER, '..', file), 'utf8')).not.toBe('');
  });
});
