import { defineTarget, type Target } from '../contracts/target.js';
import { TargetError } from '../errors.js';
import { describeCache, type ElastiCacheApi, findCredentials, loadApi } from './elasticache/aws.js';
import { type ElastiCacheConfig, elastiCacheConfig } from './elasticache/config.js';
import { cacheName, chooseEndpoint } from './elasticache/endpoint.js';
import { readTerraform } from './elasticache/terraform.js';
import { signToken } from './elasticache/token.js';
import { urlTarget } from './url.js';

/** A cache of Amazon ElastiCache, found by its id; then a server like any other that is somebody else's. */
export const elastiCacheTarget = defineTarget<ElastiCacheConfig>({
  name: 'elasticache',
  summary: 'Uses a cache of Amazon ElastiCache, found by its id.',
  config: elastiCacheConfig,
  async open(config, options) {
    options.signal.throwIfAborted();
    const { env } = process;
    const { signal } = options;
    const { url, secrets } = await locate(config, { connect: loadApi, env, now: () => new Date(), signal });
    const target = await urlTarget.open({ url }, options);
    return { ...target, kind: 'elasticache', secrets: [...target.secrets, ...secrets] };
  },
});

/** What lies outside of this program. */
export interface Surroundings {
  connect(region: string): ElastiCacheApi;
  readonly env: NodeJS.ProcessEnv;
  now(): Date;
  readonly signal: AbortSignal;
}

/** The URL with credentials. Raises a TargetError. */
export async function locate(
  config: ElastiCacheConfig,
  surroundings: Surroundings,
): Promise<Pick<Target, 'url' | 'secrets'>> {
  let connected: ElastiCacheApi | undefined;
  const api = (): ElastiCacheApi => {
    connected ??= surroundings.connect(config.region);
    return connected;
  };
  const { terraform, auth = 'none', user = '' } = config;
  const cache =
    terraform === undefined
      ? await describeCache(api(), config, surroundings.signal)
      : readTerraform(terraform, config);
  const { host, port } = chooseEndpoint(cache, config, terraform ?? 'AWS');
  if (auth !== 'none' && !cache.tls) {
    throw new TargetError(`the ${cacheName(config)} has no TLS, so that a token would be sent for all to read`, {
      next: 'enable encryption in transit, or write `auth: none`',
    });
  }
  const scheme = cache.tls ? 'rediss' : 'redis';
  if (auth === 'none') return { url: `${scheme}://${host}:${port}`, secrets: [] };
  const password = auth === 'iam' ? await tokenFor(config, api, surroundings) : (config.token ?? '');
  const signature = /X-Amz-Signature=(\w+)/.exec(password)?.[1];
  return {
    url: `${scheme}://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}`,
    secrets: [password, ...(signature === undefined ? [] : [signature])],
  };
}

async function tokenFor(
  config: ElastiCacheConfig,
  api: () => ElastiCacheApi,
  { env, now }: Surroundings,
): Promise<string> {
  const { replicationGroup, serverlessCache, region, user = '' } = config;
  const credentials = await findCredentials(api, env);
  const cache = serverlessCache ?? replicationGroup ?? '';
  return signToken({ cache, serverless: serverlessCache !== undefined, user, region, credentials }, now());
}
