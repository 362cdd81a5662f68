import { TargetError } from '../../errors.js';
import { askAws, awsError, type ElastiCacheApi, type Endpoint, type Patience } from './aws.js';
import type { ElastiCacheConfig, EndpointName } from './config.js';
import { type Cache, cacheName, type Place } from './endpoint.js';

/** Asks AWS. Raises a TargetError that says what AWS answered. */
export async function describeCache(
  api: ElastiCacheApi,
  config: ElastiCacheConfig,
  patience: Patience,
): Promise<Cache> {
  const { replicationGroup: group, serverlessCache } = config;
  const describe = (cause: unknown): TargetError => awsError(`AWS does not describe the ${cacheName(config)}`, cause);
  try {
    const found =
      serverlessCache === undefined
        ? await askAws(patience, (options) => describeGroup(api, group ?? '', options), describe)
        : await askAws(patience, (options) => describeServerless(api, serverlessCache, options), describe);
    return found ?? refuse(`AWS knows no ${cacheName(config)}`, 'correct the id or the region');
  } catch (error) {
    if (!(error instanceof TargetError) || !isNotFound(error.cause)) throw error;
    throw (await lookElsewhere(api, config, patience)) ?? error;
  }
}

type Options = Parameters<ElastiCacheApi['describeReplicationGroups']>[1];

async function describeGroup(api: ElastiCacheApi, id: string, options: Options): Promise<Cache | undefined> {
  const { ReplicationGroups } = await api.describeReplicationGroups({ ReplicationGroupId: id }, options);
  const group = ReplicationGroups?.[0];
  if (!group) return undefined;
  const nodes = group.NodeGroups?.[0];
  const { ConfigurationEndpoint: configuration } = group;
  return {
    // With cluster mode enabled there is a configuration endpoint alone.
    endpoints: placesOf({ configuration, primary: nodes?.PrimaryEndpoint, reader: nodes?.ReaderEndpoint }),
    tls: group.TransitEncryptionEnabled ?? false,
    authToken: group.AuthTokenEnabled ?? false,
    userGroup: (group.UserGroupIds ?? []).length > 0,
    ...(group.Status !== undefined && { status: group.Status }),
  };
}

async function describeServerless(api: ElastiCacheApi, id: string, options: Options): Promise<Cache | undefined> {
  const { ServerlessCaches } = await api.describeServerlessCaches({ ServerlessCacheName: id }, options);
  const cache = ServerlessCaches?.[0];
  return (
    cache && {
      endpoints: placesOf({ primary: cache.Endpoint, reader: cache.ReaderEndpoint }),
      tls: true,
      userGroup: Boolean(cache.UserGroupId),
      ...(cache.Status !== undefined && { status: cache.Status }),
    }
  );
}

function placesOf(given: Readonly<Partial<Record<EndpointName, Endpoint | undefined>>>): Cache['endpoints'] {
  const places = Object.entries(given).flatMap(([name, endpoint]): [string, Place][] =>
    endpoint?.Address ? [[name, { host: endpoint.Address, port: endpoint.Port ?? 6379 }]] : [],
  );
  return Object.fromEntries(places);
}

const isNotFound = (cause: unknown): boolean => cause instanceof Error && /NotFound(?:Fault)?$/.test(cause.name);

/** Ids of nodes and of groups look alike, and each kind of cache is asked for by another call. */
async function lookElsewhere(
  api: ElastiCacheApi,
  config: ElastiCacheConfig,
  patience: Patience,
): Promise<TargetError | undefined> {
  const id = config.serverlessCache ?? config.replicationGroup ?? '';
  const what = `there is no ${cacheName(config)}`;
  const look = <T>(ask: (options: Options) => Promise<T>): Promise<T | undefined> =>
    // Who may not ask is told no more than before.
    askAws(patience, ask, () => new Error('not found')).catch(() => undefined);
  if (config.serverlessCache !== undefined) {
    const group = await look((options) => describeGroup(api, id, options));
    return group && new TargetError(`${what}, but a replication group`, { next: `write \`replicationGroup: ${id}\`` });
  }
  const [clusters, serverless] = await Promise.all([
    look((options) => api.describeCacheClusters({ CacheClusterId: id, ShowCacheNodeInfo: true }, options)),
    look((options) => describeServerless(api, id, options)),
  ]);
  patience.signal.throwIfAborted();
  if (serverless) {
    return new TargetError(`${what}, but a serverless cache`, { next: `write \`serverlessCache: ${id}\`` });
  }
  const cluster = clusters?.CacheClusters?.[0];
  if (!cluster) return undefined;
  const { Engine: engine, ReplicationGroupId: group, TransitEncryptionEnabled: tls, CacheNodes: nodes } = cluster;
  if (group) {
    return new TargetError(`${what}: that is a node of the replication group "${group}"`, {
      next: `write \`replicationGroup: ${group}\``,
    });
  }
  if (engine === 'memcached') {
    return new TargetError(`${what}: that is a Memcached cluster`, { next: 'name a cache of Valkey or Redis OSS' });
  }
  const { Address: host = 'HOST', Port: port = 6379 } = nodes?.[0]?.Endpoint ?? {};
  return new TargetError(`${what}: that is a cluster without one`, {
    next: `give its endpoint instead of \`elasticache\`: \`url: ${tls ? 'rediss' : 'redis'}://${host}:${port}\``,
  });
}

function refuse(message: string, next: string): never {
  throw new TargetError(message, { next });
}
