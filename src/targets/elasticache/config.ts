import { OneOf, Type } from '../../contracts/fields.js';

export const ENDPOINTS = ['primary', 'reader', 'configuration'] as const;
export type EndpointName = (typeof ENDPOINTS)[number];

/** `elasticache:` of a target; `token` with its expressions evaluated. */
export interface ElastiCacheConfig {
  readonly replicationGroup?: string;
  readonly serverlessCache?: string;
  readonly region: string;
  readonly user?: string;
  readonly auth?: 'iam' | 'token' | 'none';
  readonly token?: string;
  readonly endpoint?: EndpointName;
  readonly terraform?: string;
}

const text = (description: string) => Type.String({ minLength: 1, description });
const id = (what: string) =>
  Type.String({ pattern: '^[A-Za-z][A-Za-z0-9-]*$', description: `Id of the ${what} in ElastiCache.` });

export const elastiCacheConfig = Type.Object(
  {
    replicationGroup: Type.Optional(id('replication group')),
    serverlessCache: Type.Optional(id('serverless cache')),
    region: Type.String({ pattern: '^[a-z]{2}(?:-[a-z]+)+-\\d+$', description: 'AWS region, such as eu-west-1.' }),
    user: Type.Optional(text('As whom to log in. For `auth: iam` required.')),
    auth: Type.Optional(
      OneOf(['iam', 'token', 'none'], {
        default: 'none',
        description:
          'How to log in: by a token signed with AWS credentials, by an AUTH token or password, or not at all.',
      }),
    ),
    token: Type.Optional(text('AUTH token, or the password of `user`; by `${{ env.NAME }}` alone.')),
    endpoint: Type.Optional(
      OneOf(ENDPOINTS, {
        description: 'Default: the configuration endpoint where cluster mode is enabled, else the primary.',
      }),
    ),
    terraform: Type.Optional(
      text('File with `terraform output -json`, relative to this one, from which the endpoint is read instead of AWS.'),
    ),
  },
  { additionalProperties: false, exactlyOneOf: ['replicationGroup', 'serverlessCache'] },
);
