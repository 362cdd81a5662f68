import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import type { Connection } from '../../../src/contracts/redis.js';
import { openConnection } from '../../../src/redis/connection.js';
import { parseRedisUrl } from '../../../src/redis/url.js';
import { findServer } from '../../../src/targets/managed/find.js';
import { binaryProgram, type ServerProgram, startServer } from '../../../src/targets/managed/start.js';

export interface Cluster extends AsyncDisposable {
  readonly url: string;
  readonly redis: Connection;
}

/** One node that holds all slots, and refuses a command or script whose keys are in several. */
export async function startCluster(): Promise<Cluster> {
  const directory = await mkdtemp(join(tmpdir(), 'redrill-cluster-'));
  const binary = binaryProgram(findServer({ engine: 'auto' }) ?? 'redis-server');
  const cluster: ServerProgram = {
    ...binary,
    listen: (port) => [...binary.listen(port), 'cluster-enabled yes', `cluster-config-file ${directory}/nodes.conf`],
  };
  const server = await startServer(cluster, { signal: new AbortController().signal });
  const url = `redis://:${server.password}@127.0.0.1:${server.port}`;
  const redis = await openConnection(parseRedisUrl(url), { name: 'cluster' });
  await redis.call(['CLUSTER', 'ADDSLOTSRANGE', 0, 16383]);
  const isReady = async () => expect(await redis.call(['CLUSTER', 'INFO'])).toContain('cluster_state:ok');
  await vi.waitFor(isReady, { timeout: 5_000, interval: 10 });
  return {
    url,
    redis,
    async [Symbol.asyncDispose]() {
      await redis[Symbol.asyncDispose]();
      await server.stop();
      await rm(directory, { recursive: true });
    },
  };
}
