import { createHash, randomBytes } from 'node:crypto';
import { OneOf, Type } from '../../contracts/fields.js';
import { ScenarioError } from '../../errors.js';
import { refuseDirective } from './directives.js';
import type { ServerChoice } from './find.js';

export const TOPOLOGIES = ['standalone', 'replicas', 'sentinel', 'cluster'] as const;
export type Topology = (typeof TOPOLOGIES)[number];

/** `managed:` of a target, as it is written. */
export interface ManagedConfig extends Partial<ServerChoice> {
  readonly topology?: Topology;
  readonly shards?: number;
  readonly replicas?: number;
  readonly tls?: boolean;
  readonly acl?: { readonly users: readonly AclUser[]; readonly as?: string };
  readonly persistence?: 'none' | 'aof';
  readonly config?: Readonly<Record<string, string | number | boolean>>;
}

interface AclUser {
  readonly name: string;
  readonly password?: string;
  readonly rules: string;
}

const closed = { additionalProperties: false };

export const managedConfig = Type.Object(
  {
    topology: Type.Optional(
      OneOf(TOPOLOGIES, {
        default: 'standalone',
        description:
          'One server; a primary with replicas; the same watched by three Sentinels; or a cluster. Default standalone.',
      }),
    ),
    shards: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 16, default: 3, description: 'Primaries of a cluster. Default 3.' }),
    ),
    replicas: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 5,
        default: 1,
        description: 'Replicas of the primary, or of each shard of a cluster. Default 1.',
      }),
    ),
    tls: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'TLS alone, with certificates made for the run, also between the servers. Default false.',
      }),
    ),
    acl: Type.Optional(
      Type.Object(
        {
          users: Type.Array(
            Type.Object(
              {
                name: Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]*$', description: 'Of the user.' }),
                password: Type.Optional(Type.String({ minLength: 1, description: 'Made for the run when left out.' })),
                rules: Type.String({
                  minLength: 1,
                  description: 'As for ACL SETUSER.',
                  examples: ['+@all ~*', '~app:* &* +@read +@write -@dangerous'],
                }),
              },
              closed,
            ),
            { minItems: 1, description: 'Users beside `default`, or in its place.' },
          ),
          as: Type.Optional(Type.String({ description: 'The user that scenarios run as. Default `default`.' })),
        },
        { ...closed, description: 'Users, and which of them scenarios run as.' },
      ),
    ),
    persistence: Type.Optional(
      OneOf(['none', 'aof'], {
        default: 'none',
        description: '`aof`: a server that was killed has its data again. Default none.',
      }),
    ),
    config: Type.Optional(
      Type.Unsafe<ManagedConfig['config']>({
        type: 'object',
        additionalProperties: { type: ['string', 'number', 'boolean'] },
        description: 'Directives of the server, as in redis.conf; those that decide where it is and listens are not.',
        examples: [{ maxmemory: '10mb', 'maxmemory-policy': 'allkeys-lru' }],
      }),
    ),
    binary: Type.Optional(
      Type.String({ minLength: 1, description: 'The server, as a path or a name on PATH; else REDRILL_SERVER.' }),
    ),
    engine: Type.Optional(
      OneOf(['auto', 'redis', 'valkey'], { default: 'auto', description: 'Which server to look for.' }),
    ),
  },
  { ...closed, description: 'A server, or several that belong together, started for the run.' },
);

export interface User {
  readonly name: string;
  readonly password: string;
  readonly rules: string;
}

/** What is to be started, once everything left out is filled in. */
export interface Settings {
  readonly choice: ServerChoice;
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

/** Raises a ScenarioError for what does not go together. */
export function settle(config: ManagedConfig): Settings {
  const { topology = 'standalone', shards, replicas, tls = false, acl, persistence = 'none', binary, engine } = config;
  if (shards !== undefined && topology !== 'cluster') {
    throw invalid(`topology ${topology} has no \`shards\``, 'add `topology: cluster`, or leave `shards` out');
  }
  if (replicas !== undefined && topology === 'standalone') {
    throw invalid('a standalone server has no `replicas`', 'add `topology: replicas`, or leave `replicas` out');
  }
  if (replicas === 0 && topology !== 'cluster') {
    throw invalid(`topology ${topology} needs replicas`, 'write `replicas: 1` or more, or `topology: standalone`');
  }
  const users = settleUsers(acl?.users ?? []);
  return {
    choice: { engine: engine ?? 'auto', ...(binary !== undefined && { binary }) },
    topology,
    shards: topology === 'cluster' ? (shards ?? 3) : 1,
    replicas: topology === 'standalone' ? 0 : (replicas ?? 1),
    tls,
    users,
    user: findUser(users, acl?.as ?? 'default'),
    directives: [
      ...(persistence === 'aof' ? ['appendonly yes'] : ['appendonly no']),
      ...Object.entries(config.config ?? {}).map(([name, value]) => directive(name, value)),
    ],
  };
}

/** Who arranges the servers, where `acl` says who else there is. */
export const ADMIN = 'redrill';

function settleUsers(users: readonly AclUser[]): readonly User[] {
  for (const [index, { name, rules }] of users.entries()) {
    if (users.findIndex((other) => other.name === name) < index) {
      throw invalid(`\`acl\` has two users "${name}"`, 'name each once');
    }
    if (name === ADMIN)
      throw invalid(`\`acl\` names the user "${ADMIN}", who arranges the servers`, 'take another name');
    if (/[\r\n]/.test(rules)) throw invalid(`\`rules\` of "${name}" is more than a line`, 'write it in one');
  }
  return users.map(({ name, password = makePassword(), rules }) => ({ name, password, rules }));
}

function findUser(users: readonly User[], name: string): User | undefined {
  const user = users.find((candidate) => candidate.name === name);
  if (user || name === 'default') return user;
  const known = users.map((candidate) => candidate.name).join(', ') || 'none';
  throw invalid(`\`acl: { as: ${name} }\` names no user of \`users\``, `users: ${known}, default`);
}

/** Keeps other users of this machine out. */
export const makePassword = (): string => randomBytes(18).toString('base64url');

/** By the password's hash, which needs no quotes. */
export const userDirective = ({ name, password, rules }: User): string =>
  `user ${name} on #${createHash('sha256').update(password).digest('hex')} ${rules}`;

function directive(name: string, value: string | number | boolean): string {
  const why = refuseDirective(name);
  if (why !== undefined) throw invalid(`\`config\` cannot set ${name}`, why);
  const text = typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
  if (/[\r\n\0]/.test(text)) throw invalid(`${name} in \`config\` is more than a line`, 'write its value in one');
  return `${name} ${text}`;
}

const invalid = (message: string, next: string): ScenarioError => new ScenarioError(`managed: ${message}`, { next });
