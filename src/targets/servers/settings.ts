import { createHash, randomBytes } from 'node:crypto';
import type { Frame, Path } from '../../contracts/result.js';
import { ScenarioError } from '../../errors.js';
import type { AclUser, ServersConfig, Topology } from './config.js';
import { refuseDirective } from './directives.js';

export interface User {
  readonly name: string;
  readonly password: string;
  readonly rules: string;
}

/** What is to be started, once everything left out is filled in. */
export interface Settings {
  readonly topology: Topology;
  readonly shards: number;
  /** Of each shard. */
  readonly replicas: number;
  readonly tls: boolean;
  readonly users: readonly User[];
  /** Undefined: as the user `default` of the servers. */
  readonly user: User | undefined;
  readonly directives: readonly string[];
}

/** Raises a ScenarioError for the field of the target with that path. */
type Fail = (path: Path, message: string, next: string) => never;

/** Fills in what is left out. Raises a ScenarioError for what does not go together, in its place if `locate` knows it. */
export function settle(config: ServersConfig, kind: string, locate?: (path: Path) => Frame | undefined): Settings {
  const fail: Fail = (path, message, next) => {
    const frame = locate?.(path);
    const place = frame ? `${frame.file}:${frame.line}:${frame.column} ` : '';
    throw new ScenarioError(`${place}${kind}: ${message}`, { next, ...(frame && { frame }) });
  };
  const { topology = 'standalone', shards, replicas, tls = false, persistence = 'none' } = config;
  checkCounts(config, fail);
  const users = settleUsers(config.acl?.users ?? [], fail);
  return {
    topology,
    shards: topology === 'cluster' ? (shards ?? 3) : 1,
    replicas: topology === 'standalone' ? 0 : (replicas ?? 1),
    tls,
    users,
    user: findUser(users, config.acl?.as ?? 'default', fail),
    directives: [
      ...(persistence === 'aof' ? ['appendonly yes'] : ['appendonly no']),
      ...Object.entries(config.config ?? {}).map(([name, value]) => directive(name, value, fail)),
    ],
  };
}

function checkCounts({ topology = 'standalone', shards, replicas }: ServersConfig, fail: Fail): void {
  if (shards !== undefined && topology !== 'cluster') {
    fail(['shards'], `topology ${topology} has no \`shards\``, 'add `topology: cluster`, or leave `shards` out');
  }
  if (replicas !== undefined && topology === 'standalone') {
    const next = 'add `topology: replicas`, or leave `replicas` out';
    fail(['replicas'], 'a standalone server has no `replicas`', next);
  }
  if (replicas === 0 && topology !== 'cluster') {
    const next = 'write `replicas: 1` or more, or `topology: standalone`';
    fail(['replicas'], `topology ${topology} needs replicas`, next);
  }
}

/** Who arranges the servers, where `acl` says who else there is. */
export const ADMIN = 'redrill';

function settleUsers(users: readonly AclUser[], fail: Fail): readonly User[] {
  return users.map(({ name, password = makePassword(), rules }, index) => {
    const path: Path = ['acl', 'users', index];
    if (users.findIndex((other) => other.name === name) < index) {
      fail([...path, 'name'], `\`acl\` has two users "${name}"`, 'name each once');
    }
    if (name === ADMIN) {
      fail([...path, 'name'], `\`acl\` names the user "${ADMIN}", who arranges the servers`, 'take another name');
    }
    if (/[\r\n]/.test(rules)) fail([...path, 'rules'], `\`rules\` of "${name}" is more than a line`, 'write it in one');
    if (password.includes('${{')) {
      const next = 'leave it out: a password is made for the run';
      fail([...path, 'password'], 'expressions are not filled in here', next);
    }
    return { name, password, rules };
  });
}

function findUser(users: readonly User[], name: string, fail: Fail): User | undefined {
  const user = users.find((candidate) => candidate.name === name);
  if (user || name === 'default') return user;
  const known = [...users.map((candidate) => candidate.name), 'default'].join(', ');
  return fail(['acl', 'as'], `\`acl: { as: ${name} }\` names no user of \`users\``, `users: ${known}`);
}

/** Keeps other users of this machine out. */
export const makePassword = (): string => randomBytes(18).toString('base64url');

/** By the password's hash, which needs no quotes. */
export const userDirective = ({ name, password, rules }: User): string =>
  `user ${name} on #${createHash('sha256').update(password).digest('hex')} ${rules}`;

function directive(name: string, value: string | number | boolean, fail: Fail): string {
  const why = refuseDirective(name);
  if (why !== undefined) fail(['config', name], `\`config\` cannot set ${name}`, why);
  const text = typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
  if (/[\r\n\0]/.test(text)) {
    fail(['config', name], `${name} in \`config\` is more than a line`, 'write its value in one');
  }
  return `${name} ${text}`;
}
