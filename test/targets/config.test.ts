import { expect, test } from 'vitest';
import { ScenarioError } from '../../src/errors.js';
import type { ContainerConfig } from '../../src/targets/container/config.js';
import { containerKind } from '../../src/targets/container/kind.js';
import type { ManagedConfig } from '../../src/targets/managed/config.js';
import { managedKind } from '../../src/targets/managed/kind.js';
import { drawUp, secretsOf, serverPlan } from '../../src/targets/servers/plan.js';
import { settle } from '../../src/targets/servers/settings.js';

function errorOf(run: () => unknown): ScenarioError {
  try {
    run();
  } catch (error) {
    if (error instanceof ScenarioError) return error;
    throw error;
  }
  throw new Error('nothing was raised');
}

const USER = { name: 'app', rules: '~* +@all' };

test.each<[ManagedConfig, string, string]>([
  [{ shards: 3 }, 'managed: topology standalone has no `shards`', 'add `topology: cluster`, or leave `shards` out'],
  [
    { replicas: 1 },
    'managed: a standalone server has no `replicas`',
    'add `topology: replicas`, or leave `replicas` out',
  ],
  [
    { topology: 'sentinel', replicas: 0 },
    'managed: topology sentinel needs replicas',
    'write `replicas: 1` or more, or `topology: standalone`',
  ],
  [{ acl: { users: [USER, USER] } }, 'managed: `acl` has two users "app"', 'name each once'],
  [
    { acl: { users: [{ ...USER, name: 'redrill' }] } },
    'managed: `acl` names the user "redrill", who arranges the servers',
    'take another name',
  ],
  [
    { acl: { users: [{ ...USER, rules: '~*\nport 1' }] } },
    'managed: `rules` of "app" is more than a line',
    'write it in one',
  ],
  [
    { acl: { users: [USER], as: 'apq' } },
    'managed: `acl: { as: apq }` names no user of `users`',
    'users: app, default',
  ],
  [
    { config: { dir: '/tmp' } },
    'managed: `config` cannot set dir',
    'leave it out: what the server writes and reads stays in a folder of its own, which goes with it',
  ],
  [
    { config: { loadmodule: '/tmp/x.so' } },
    'managed: `config` cannot set loadmodule',
    'leave it out: start a server with modules yourself, and give its URL',
  ],
  [
    { config: { port: 6379 } },
    'managed: `config` cannot set port',
    'leave it out: servers listen on free ports of the loopback; write `tls: true` for TLS',
  ],
  [
    { config: { requirepass: 'x' } },
    'managed: `config` cannot set requirepass',
    'write `acl`: a user has a password, and may do what its rules allow',
  ],
  [
    { acl: { users: [{ ...USER, password: '${{ env.PASSWORD }}' }] } },
    'managed: expressions are not filled in here',
    'leave it out: a password is made for the run',
  ],
  [{ config: { replicaof: 'a 1' } }, 'managed: `config` cannot set replicaof', 'write `topology`'],
  [{ config: { appendonly: true } }, 'managed: `config` cannot set appendonly', 'write `persistence: aof`'],
  [
    { config: { daemonize: true } },
    'managed: `config` cannot set daemonize',
    'leave it out: the server ends with the run',
  ],
  [
    { config: { 'Dir /tmp\nport': 1 } },
    'managed: `config` cannot set Dir /tmp\nport',
    'names of directives are lower-case letters, digits and -',
  ],
  [
    { config: { maxmemory: '1mb\ndir /tmp' } },
    'managed: maxmemory in `config` is more than a line',
    'write its value in one',
  ],
])('refuses %j', (config, message, next) => {
  const error = errorOf(() => settle(config, 'managed'));
  expect([error.message, error.details.next]).toEqual([message, next]);
});

test.each([
  ...[
    'include',
    'logfile',
    'pidfile',
    'unixsocket',
    'aclfile',
    'cluster-config-file',
    'syslog-enabled',
    'tls-key-file',
  ],
  ...['tls-ca-cert-dir', 'tls-client-key-file-pass', 'loadmodule-ex', 'enable-module-command', 'bind', 'tls-port'],
  ...['cluster-announce-ip', 'replica-announce-port', 'masterauth', 'rename-command', 'slaveof', 'cluster-enabled'],
])('%s is ours', (name) => {
  expect(errorOf(() => settle({ config: { [name]: 'x' } }, 'managed')).message).toBe(
    `managed: \`config\` cannot set ${name}`,
  );
});

test('writes directives as redis.conf has them, after those of ours', () => {
  const { directives } = serverPlan(
    drawUp(settle({ config: { maxmemory: '10mb', 'lazyfree-lazy-expire': true, 'io-threads': 2 } }, 'managed')),
  );
  expect(directives.slice(-3)).toEqual(['maxmemory 10mb', 'lazyfree-lazy-expire yes', 'io-threads 2']);
});

test('makes passwords where none is given, and gives away none', () => {
  const blueprint = drawUp(
    settle({ acl: { users: [USER, { ...USER, name: 'other', password: 'its own' }], as: 'app' } }, 'managed'),
  );
  const { users, user } = blueprint.settings;
  expect(user).toBe(users[0]);
  expect(user!.password).toMatch(/^[\w-]{24}$/);
  expect(secretsOf(blueprint)).toEqual([blueprint.password, user!.password, 'its own', 'its%20own']);
  expect(serverPlan(blueprint).directives.join('\n')).not.toContain('its own');
});

/** `kind:words` */
function byWords(text: string): unknown {
  const [name, ...words] = text.split(':');
  const kind = [managedKind, containerKind].find((one) => one.name === name);
  return kind?.shorthand?.(words.join(':'));
}

test.each<[string, ManagedConfig | ContainerConfig]>([
  ['managed:cluster', { topology: 'cluster' }],
  ['managed:replicas+tls', { topology: 'replicas', tls: true }],
  ['managed:tls', { tls: true }],
  ['managed:sentinel+tls+aof+valkey', { topology: 'sentinel', tls: true, persistence: 'aof', engine: 'valkey' }],
  ['container:redis', { image: 'redis' }],
  ['container:valkey/valkey:8+cluster+tls', { image: 'valkey/valkey:8', topology: 'cluster', tls: true }],
  ['container:registry.example:5000/cache:1.0+aof', { image: 'registry.example:5000/cache:1.0', persistence: 'aof' }],
])('%s is %j', (text, config) => {
  expect(byWords(text)).toEqual(config);
});

const NEXT_OF_MANAGED =
  'write one of standalone, replicas, sentinel and cluster, then tls, aof, redis or valkey, as in managed:cluster+tls; ' +
  'everything else has its place under `targets:` in redrill.config.yaml';
const NEXT_OF_CONTAINER =
  'write an image, then one of standalone, replicas, sentinel and cluster, tls or aof, ' +
  'as in container:valkey/valkey:8+cluster+tls; everything else has its place under `targets:` in redrill.config.yaml';

test.each([
  ['managed:clustr', 'the target managed:clustr has an unknown word "clustr"', NEXT_OF_MANAGED],
  ['managed:', 'the target managed: has an unknown word ""', NEXT_OF_MANAGED],
  ['managed:cluster+replicas', 'the target managed:cluster+replicas is both cluster and replicas', NEXT_OF_MANAGED],
  ['container:', 'the target container: names no image', NEXT_OF_CONTAINER],
  ['container:redis+valkey', 'the target container:redis+valkey has an unknown word "valkey"', NEXT_OF_CONTAINER],
])('refuses %s', (text, message, next) => {
  const error = errorOf(() => byWords(text));
  expect([error.message, error.details.next]).toEqual([message, next]);
});
