import { TargetError } from '../../errors.js';
import type { ElastiCacheConfig, EndpointName } from './config.js';

export interface Place {
  readonly host: string;
  readonly port: number;
}

/** What is known of a cache, from AWS or from Terraform, which knows less. */
export interface Cache {
  readonly endpoints: Readonly<Partial<Record<EndpointName, Place>>>;
  readonly tls: boolean;
  /** In the words of AWS: `available`, `creating` … */
  readonly status?: string;
  /** Whoever connects must give one. */
  readonly authToken?: boolean;
  /** Users may log in. */
  readonly userGroup?: boolean;
}

/** `replication group "orders" in eu-west-1` */
export const cacheName = ({ replicationGroup, serverlessCache, region }: ElastiCacheConfig): string =>
  serverlessCache === undefined
    ? `replication group "${replicationGroup}" in ${region}`
    : `serverless cache "${serverlessCache}" in ${region}`;

/** The endpoint that was asked for; else what leads to the primaries. Raises a TargetError. */
export function chooseEndpoint(cache: Cache, config: ElastiCacheConfig, source: string): Place {
  const { endpoints } = cache;
  assertThere(cache, config);
  const wanted = config.endpoint;
  const found = wanted === undefined ? (endpoints.configuration ?? endpoints.primary) : endpoints[wanted];
  if (found) return found;
  const known = Object.keys(endpoints).join(', ');
  throw new TargetError(`the ${cacheName(config)} has no ${wanted ?? 'primary'} endpoint, says ${source}`, {
    next: known === '' ? WAIT : `endpoints that it has: ${known}${modeOf(cache, wanted)}`,
  });
}

const WAIT = 'wait until the cache is available';

/** Which endpoints there are follows from the mode. */
function modeOf({ endpoints }: Cache, wanted: EndpointName | undefined): string {
  if (endpoints.configuration) return ', for cluster mode is enabled, so that one leads to all nodes';
  return wanted === 'configuration' ? ', for cluster mode is disabled' : '';
}

/** What is being changed or saved serves meanwhile. */
function assertThere({ status = '' }: Cache, config: ElastiCacheConfig): void {
  const known = ABSENT[status.toLowerCase()];
  if (known) throw new TargetError(`the ${cacheName(config)} ${known[0]} (${status})`, { next: known[1] });
}

const ABSENT: Readonly<Record<string, readonly [what: string, next: string]>> = {
  creating: ['is still being made', WAIT],
  deleting: ['is being deleted', 'name another cache, or make it again'],
  'create-failed': ['could not be made', 'see why in its events, and make it again'],
};

/** Refuses what the cache would refuse, or what would tell its secrets. Raises a TargetError. */
export function assertLogin({ tls, authToken, userGroup }: Cache, config: ElastiCacheConfig): void {
  const { auth = 'none' } = config;
  if (auth !== 'none' && !tls) {
    throw new TargetError(`the ${cacheName(config)} has no TLS, so that a token would be sent for all to read`, {
      next: 'enable encryption in transit, or write `auth: none`',
    });
  }
  if (auth === 'none' && authToken) {
    throw new TargetError(`the ${cacheName(config)} asks for its AUTH token`, {
      next: 'write `auth: token` with `token: "${{ env.CACHE_TOKEN }}"`',
    });
  }
  if (auth === 'iam' && userGroup === false) {
    throw new TargetError(`the ${cacheName(config)} has no user group, so that no IAM user can log in`, {
      next: 'give it a user group with the user in it, or write `auth: token` or `auth: none`',
    });
  }
}
