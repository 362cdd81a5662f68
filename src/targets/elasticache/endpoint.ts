import { TargetError } from '../../errors.js';
import type { ElastiCacheConfig, EndpointName } from './config.js';

export interface Place {
  readonly host: string;
  readonly port: number;
}

/** What is known of a cache, from AWS or from Terraform. */
export interface Cache {
  readonly endpoints: Readonly<Partial<Record<EndpointName, Place>>>;
  readonly tls: boolean;
}

/** `replication group "orders" in eu-west-1` */
export const cacheName = ({ replicationGroup, serverlessCache, region }: ElastiCacheConfig): string =>
  serverlessCache === undefined
    ? `replication group "${replicationGroup}" in ${region}`
    : `serverless cache "${serverlessCache}" in ${region}`;

/** The endpoint that was asked for; else what leads to the primaries. */
export function chooseEndpoint({ endpoints }: Cache, config: ElastiCacheConfig, source: string): Place {
  const wanted = config.endpoint;
  const found = wanted === undefined ? (endpoints.configuration ?? endpoints.primary) : endpoints[wanted];
  if (found) return found;
  const known = Object.keys(endpoints).join(', ');
  throw new TargetError(`${cacheName(config)} has no ${wanted ?? 'primary'} endpoint, says ${source}`, {
    next: known === '' ? 'wait until the cache is available' : `endpoints that it has: ${known}`,
  });
}
