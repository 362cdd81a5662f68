import { defineTarget, type FoundTarget } from '../contracts/target.js';
import { TargetError } from '../errors.js';
import { type ElastiCacheApi, findCredentials, loadApi, type Patience } from './elasticache/aws.js';
import { type ElastiCacheConfig, elastiCacheConfig } from './elasticache/config.js';
import { describeCache } from './elasticache/describe.js';
import { assertLogin, chooseEndpoint } from './elasticache/endpoint.js';
import { TOKEN_REFUSED } from './elasticache/login.js';
import { refusedBy } from './elasticache/refused.js';
import { readTerraform } from './elasticache/terraform.js';
import { signToken, tokenPattern } from './elasticache/token.js';
import { urlTarget } from './url.js';

/** A cache of Amazon ElastiCache, found by its id; then a server like any other that is somebody else's. */
export const elastiCacheTarget = defineTarget<ElastiCacheConfig>({
  name: 'elasticache',
  summary: 'Uses a cache of Amazon ElastiCache, found by its id.',
  config: elastiCacheConfig,
  find: (config, { signal }) => findCache(config, signal),
  async open(config, options) {
    const { url, access, secrets } = await findCache(config, options.signal);
    try {
      const target = await urlTarget.open({ url, access }, options);
      const refuses = refusedBy(config.serverlessCache === undefined ? 'nodes' : 'serverless');
      return { ...target, kind: 'elasticache', refuses, secrets: [...target.secrets, ...secrets] };
    } catch (error) {
      throw error instanceof TargetError ? advised(error, config) : error;
    }
  },
});

type Located = Required<FoundTarget>;

/** Asks AWS, or reads what Terraform wrote. Raises a TargetError. */
function findCache(config: ElastiCacheConfig, signal: AbortSignal): Promise<Located> {
  const { env } = process;
  return locate(config, { connect: loadApi, env, now: () => new Date(), signal, limitMs: AWS_MS });
}

/** `redrill doctor` is to end within ten. */
const AWS_MS = 8_000;

/** What lies outside of this program. */
export interface Surroundings extends Patience {
  connect(region: string): ElastiCacheApi;
  readonly env: NodeJS.ProcessEnv;
  now(): Date;
}

/** The URL, and what else is needed to log in. Raises a TargetError. */
export async function locate(config: ElastiCacheConfig, surroundings: Surroundings): Promise<Located> {
  surroundings.signal.throwIfAborted();
  let connected: ElastiCacheApi | undefined;
  const api = (): ElastiCacheApi => {
    connected ??= surroundings.connect(config.region);
    return connected;
  };
  const { terraform, auth = 'none', user, token } = config;
  const cache =
    terraform === undefined ? await describeCache(api(), config, surroundings) : readTerraform(terraform, config);
  const { host, port } = chooseEndpoint(cache, config, terraform ?? 'AWS');
  assertLogin(cache, config);
  const login = `${encodeURIComponent(user ?? '')}${token === undefined ? '' : `:${encodeURIComponent(token)}`}@`;
  const url = `${cache.tls ? 'rediss' : 'redis'}://${auth === 'none' ? '' : login}${host}:${port}`;
  // Those of a token are in the URL.
  if (auth !== 'iam') return { url, access: {}, secrets: [] };
  const sign = async (signal: AbortSignal): Promise<string> => {
    const credentials = await findCredentials(api, surroundings.env, { ...surroundings, signal });
    return signToken(loginOf(config), credentials, surroundings.now());
  };
  await sign(surroundings.signal); // no credentials: said at once, and not at the first connection
  // A token is good for 15 minutes, and connections may have to be made later: each has a new one. What is left to do
  // after Ctrl-C needs one, too.
  const access = { password: () => sign(NEVER) };
  return { url, access, secrets: [tokenPattern(loginOf(config))] };
}

const NEVER = new AbortController().signal;

const loginOf = ({ replicationGroup, serverlessCache, region, user = '' }: ElastiCacheConfig) => ({
  cache: serverlessCache ?? replicationGroup ?? '',
  serverless: serverlessCache !== undefined,
  user,
  region,
});

/** What a cache of AWS refuses has causes of its own. */
function advised(error: TargetError, config: ElastiCacheConfig): TargetError {
  const { auth = 'none' } = config;
  const [, next] = ADVICE(auth).find(([pattern]) => pattern.test(error.message)) ?? [];
  return next === undefined ? error : new TargetError(error.message, { ...error.details, next });
}

const ADVICE = (
  auth: NonNullable<ElastiCacheConfig['auth']>,
): readonly (readonly [pattern: RegExp, next: string])[] => [
  [/\(NOAUTH\)/, 'write `auth: iam` with a `user`, or `auth: token` with a `token`'],
  [
    /\(WRONGPASS\)/,
    auth === 'iam'
      ? TOKEN_REFUSED
      : 'correct `user` and `token`, or see whether the user is in the user group of the cache',
  ],
  [
    /no answer|unknown to DNS|no route/,
    'a cache is reached from its VPC alone: run this inside, and let its security group admit the port',
  ],
];
