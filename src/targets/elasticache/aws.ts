import { createRequire } from 'node:module';
import path from 'node:path';
import { TargetError } from '../../errors.js';
import type { Credentials } from './token.js';

export interface Endpoint {
  readonly Address?: string;
  readonly Port?: number;
}

interface ReplicationGroup {
  readonly Status?: string;
  readonly ConfigurationEndpoint?: Endpoint;
  readonly NodeGroups?: readonly { readonly PrimaryEndpoint?: Endpoint; readonly ReaderEndpoint?: Endpoint }[];
  readonly TransitEncryptionEnabled?: boolean;
  readonly AuthTokenEnabled?: boolean;
  readonly UserGroupIds?: readonly string[];
}

interface ServerlessCache {
  readonly Status?: string;
  readonly Endpoint?: Endpoint;
  readonly ReaderEndpoint?: Endpoint;
  readonly UserGroupId?: string;
}

interface CacheCluster {
  readonly Engine?: string;
  readonly ReplicationGroupId?: string;
  readonly TransitEncryptionEnabled?: boolean;
  readonly CacheNodes?: readonly { readonly Endpoint?: Endpoint }[];
}

interface SendOptions {
  readonly abortSignal: AbortSignal;
}

/** What is used of the AWS API, in its own names. */
export interface ElastiCacheApi {
  describeReplicationGroups(
    input: { readonly ReplicationGroupId: string },
    options: SendOptions,
  ): Promise<{ readonly ReplicationGroups?: readonly ReplicationGroup[] }>;
  describeServerlessCaches(
    input: { readonly ServerlessCacheName: string },
    options: SendOptions,
  ): Promise<{ readonly ServerlessCaches?: readonly ServerlessCache[] }>;
  describeCacheClusters(
    input: { readonly CacheClusterId: string; readonly ShowCacheNodeInfo: true },
    options: SendOptions,
  ): Promise<{ readonly CacheClusters?: readonly CacheCluster[] }>;
  readonly config: { credentials(): Promise<Credentials> };
}

const SDK = '@aws-sdk/client-elasticache';

/** By the SDK of the project in the working folder. Raises a TargetError where it is not installed. */
export function loadApi(region: string): ElastiCacheApi {
  // Not import(): code from V8's cache has none, and a program that is installed globally must find the project's.
  const require = createRequire(path.resolve('redrill.config.yaml'));
  // It would remark on the version of Node in front of every report.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  try {
    // The only place that knows the package: it is an optional peer, so nothing is known of its version.
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

/** How long is waited for AWS, and until when at all. */
export interface Patience {
  readonly signal: AbortSignal;
  readonly limitMs: number;
}

/** From inside a VPC that has no way out AWS does not answer, and the SDK would wait for minutes. */
export async function askAws<T>(
  { signal, limitMs }: Patience,
  ask: (options: SendOptions) => Promise<T>,
  describe: (cause: unknown) => Error,
): Promise<T> {
  signal.throwIfAborted();
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new Error(`no answer within ${limitMs / 1_000}s`)), limitMs);
  const abortSignal = AbortSignal.any([signal, limit.signal]);
  try {
    // The SDK does not hear the signal while it looks for credentials.
    return await Promise.race([ask({ abortSignal }), untilAborted(abortSignal)]);
  } catch (cause) {
    signal.throwIfAborted();
    throw describe(limit.signal.aborted ? limit.signal.reason : cause);
  } finally {
    clearTimeout(timer);
  }
}

const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));

/** Those of the environment; else what the SDK finds: a profile, a role, an instance. */
export async function findCredentials(
  api: () => ElastiCacheApi,
  env: NodeJS.ProcessEnv,
  patience: Patience,
): Promise<Credentials> {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN } = env;
  if (accessKeyId && secretAccessKey) return { accessKeyId, secretAccessKey, sessionToken: AWS_SESSION_TOKEN };
  const { config } = api();
  return await askAws(
    patience,
    () => config.credentials(),
    (cause) => awsError('there are no AWS credentials to sign a token with', cause),
  );
}

const LONGEST = 300;

/** One line of what AWS or the network said, and what to do about it. */
export function awsError(what: string, cause: unknown): TargetError {
  // Where a name has several addresses, each has an error of its own.
  const error = cause instanceof AggregateError ? cause.errors[0] : cause;
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const kind = /^(?:Unknown|\w*Error)$/.test(name) && !/Credentials|Token/.test(name) ? '' : `${name}: `;
  const said = `${kind}${message.split('\n')[0]!.slice(0, LONGEST)}`;
  const next = NEXT.find(([pattern]) => pattern.test(`${name}: ${message}`))?.[1];
  return new TargetError(`${what}: ${said}`, { next: next ?? 'see what AWS says, or ask later', cause });
}

const TERRAFORM = 'give the endpoint by `terraform: FILE`';
const LOG_IN = 'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN), or log in with the AWS CLI';

const NEXT: readonly (readonly [pattern: RegExp, next: string])[] = [
  [/^\w*NotFound(?:Fault)?:/, 'correct the id or the region'],
  [
    /^(?:AccessDenied|NotAuthorized|UnauthorizedOperation)/,
    `allow elasticache:DescribeReplicationGroups and elasticache:DescribeServerlessCaches, or ${TERRAFORM}`,
  ],
  [/^(?:Throttl|RequestLimitExceeded|TooManyRequests)/, `wait a moment, or ${TERRAFORM}`],
  [/^ExpiredToken/, 'the session has expired: log in again, or renew the credentials of the job'],
  [/^RequestExpired|^SignatureDoesNotMatch.*expired/i, 'set the clock of this machine'],
  [
    /^(?:InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidSignature|AuthFailure|MissingAuth)/,
    'correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, with AWS_SESSION_TOKEN where the key is temporary',
  ],
  [/^(?:Credentials|Token|SSO|Process)/, LOG_IN],
  [/ENOTFOUND|EAI_AGAIN/, `correct the region, or see whether names of AWS are known here; or ${TERRAFORM}`],
  [
    /ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|no answer within|socket hang up/,
    `inside a VPC the API of AWS needs a NAT gateway, or an interface endpoint for elasticache; or ${TERRAFORM}`,
  ],
];
