import type { TargetKind } from '../../contracts/target.js';
import type { ElastiCacheConfig } from './config.js';
import { cacheName } from './endpoint.js';
import { settleLogin } from './login.js';

export const elastiCacheKind: TargetKind<ElastiCacheConfig> = {
  name: 'elasticache',
  texts: ['user', 'token'],
  check: (config, locate) => settleLogin(config, locate?.([])),
  // The rest is known once AWS was asked.
  address: cacheName,
};
