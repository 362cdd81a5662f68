import { OneOf, Type } from '../../contracts/fields.js';

export const TOPOLOGIES = ['standalone', 'replicas', 'sentinel', 'cluster'] as const;
export type Topology = (typeof TOPOLOGIES)[number];

/** What servers are to be, as it is written in a target, whatever they run in. */
export interface ServersConfig {
  readonly topology?: Topology;
  readonly shards?: number;
  readonly replicas?: number;
  readonly tls?: boolean;
  readonly acl?: { readonly users: readonly AclUser[]; readonly as?: string };
  readonly persistence?: 'none' | 'aof';
  readonly config?: Readonly<Record<string, string | number | boolean>>;
}

export interface AclUser {
  readonly name: string;
  readonly password?: string;
  readonly rules: string;
}

const closed = { additionalProperties: false };

export const serversFields = {
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
    Type.Unsafe<ServersConfig['config']>({
      type: 'object',
      additionalProperties: { type: ['string', 'number', 'boolean'] },
      description: 'Directives of the server, as in redis.conf; those that decide where it is and listens are not.',
      examples: [{ maxmemory: '10mb', 'maxmemory-policy': 'allkeys-lru' }],
    }),
  ),
};
