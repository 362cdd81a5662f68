import { createRequire } from 'node:module';
import path from 'node:path';
import { TargetError } from '../../errors.js';
import type { ElastiCacheConfig, EndpointName } from './config.js';
import { type Cache, cacheName, type Place } from './endpoint.js';
import type { Credentials } from './token.js';

interface Endpoint {
  readonly Address?: string;
  readonly Port?: number;
}

/** What is used of the AWS API, in its own names. */
export interface ElastiCacheApi {
  describeReplicationGroups(
    input: { readonly ReplicationGroupId: string },
    options: { readonly abortSignal: AbortSignal },
  ): Promise<{
    readonly ReplicationGroups?: readonly {
      readonly ConfigurationEndpoint?: Endpoint;
      readonly NodeGroups?: readonly { readonly PrimaryEndpoint?: Endpoint; readonly ReaderEndpoint?: Endpoint }[];
      readonly TransitEncryptionEnabled?: boolean;
    }[];
  }>;
  describeServerlessCaches(
    input: { readonly ServerlessCacheName: string },
    options: { readonly abortSignal: AbortSignal },
  ): Promise<{
    readonly ServerlessCaches?: readonly { readonly Endpoint?: Endpoint; readonly ReaderEndpoint?: Endpoint }[];
  }>;
  readonly config: { credentials(): Promise<Credentials> };
}

const SDK = '@aws-sdk/client-elasticache';

/** By the SDK of the project in the working folder. Raises a TargetError where it is not installed. */
export function loadApi(region: string): ElastiCacheApi {
  // Not import(): code from V8's cache has none, and a program that is installed globally must find the project's.
  const require = createRequire(path.resolve('redrill.config.yaml'));
  try {
    // The only place that knows the package: it is no dependency, so it has no types here.
    const { ElastiCache } = require(SDK) as { ElastiCache: new (config: { region: string }) => ElastiCacheApi };
    return new ElastiCache({ region });
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'MODULE_NOT_FOUND';
    const why = missing ? 'is not installed' : `cannot be loaded: ${cause instanceof Error ? cause.message : cause}`;
    throw new TargetError(`${SDK}, by which AWS is asked, ${why}`, {
      next: `npm install --save-dev ${SDK}; or give the endpoint by \`terraform: FILE\`, and credentials by AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`,
      cause,
    });
  }
}

/** Asks AWS. Raises a TargetError that says what AWS answered. */
export async function describeCache(
  api: ElastiCacheApi,
  config: ElastiCacheConfig,
  signal: AbortSignal,
): Promise<Cache> {
  const { replicationGroup, serverlessCache } = config;
  const options = { abortSignal: signal };
  try {
    if (serverlessCache !== undefined) {
      const { ServerlessCaches } = await api.describeServerlessCaches(
        { ServerlessCacheName: serverlessCache },
        options,
      );
      const cache = ServerlessCaches?.[0];
      return { endpoints: placesOf({ primary: cache?.Endpoint, reader: cache?.ReaderEndpoint }), tls: true };
    }
    const { ReplicationGroups } = await api.describeReplicationGroups(
      { ReplicationGroupId: replicationGroup ?? '' },
      options,
    );
    const group = ReplicationGroups?.[0];
    const nodes = group?.NodeGroups?.[0];
    const { ConfigurationEndpoint: configuration } = group ?? {};
    const endpoints = { configuration, primary: nodes?.PrimaryEndpoint, reader: nodes?.ReaderEndpoint };
    return { endpoints: placesOf(endpoints), tls: group?.TransitEncryptionEnabled ?? false };
  } catch (cause) {
    signal.throwIfAborted();
    throw awsError(`AWS does not describe the ${cacheName(config)}`, cause);
  }
}

/** Those of the environment; else what the SDK finds: a profile, a role, an instance. */
export async function findCredentials(api: () => ElastiCacheApi, env: NodeJS.ProcessEnv): Promise<Credentials> {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN } = env;
  if (accessKeyId && secretAccessKey) return { accessKeyId, secretAccessKey, sessionToken: AWS_SESSION_TOKEN };
  const { config } = api();
  try {
    return await config.credentials();
  } catch (cause) {
    throw awsError('there are no AWS credentials to sign a token with', cause);
  }
}

function placesOf(given: Readonly<Partial<Record<EndpointName, Endpoint | undefined>>>): Cache['endpoints'] {
  const places = Object.entries(given).flatMap(([name, endpoint]): [string, Place][] =>
    endpoint?.Address ? [[name, { host: endpoint.Address, port: endpoint.Port ?? 6379 }]] : [],
  );
  return Object.fromEntries(places);
}

function awsError(what: string, cause: unknown): TargetError {
  const { name, message } = cause instanceof Error ? cause : new Error(String(cause));
  return new TargetError(`${what}: ${name === 'Error' ? '' : `${name}: `}${message}`, {
    next:
      NEXT.find(([pattern]) => pattern.test(name))?.[1] ??
      'see what AWS says, and whether its API is reached from here',
    cause,
  });
}

const NEXT: readonly (readonly [pattern: RegExp, next: string])[] = [
  [/NotFound/, 'correct the id or the region'],
  [
    /AccessDenied|NotAuthorized|UnauthorizedOperation/,
    'allow elasticache:DescribeReplicationGroups or elasticache:DescribeServerlessCaches, or give the endpoint by `terraform: FILE`',
  ],
  [
    /Credentials|Token|Signature/,
    'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN), or log in with the AWS CLI',
  ],
];
