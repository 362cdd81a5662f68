import type { Connection } from '../../../src/contracts/redis.js';
import { openConnection } from '../../../src/redis/connection.js';
import { parseRedisUrl } from '../../../src/redis/url.js';
import { startTestServer } from '../../support/server.js';

export interface Cluster extends AsyncDisposable {
  readonly url: string;
  readonly redis: Connection;
}

/** One node that holds all slots, and refuses a command or script whose keys are in several. */
export async function startCluster(): Promise<Cluster> {
  const target = await startTestServer({ topology: 'cluster', shards: 1, replicas: 0 });
  const redis = await openConnection(parseRedisUrl(target.url), { name: 'cluster' });
  return {
    url: target.url,
    redis,
    async [Symbol.asyncDispose]() {
      await redis[Symbol.asyncDispose]();
      await target[Symbol.asyncDispose]();
    },
  };
}
