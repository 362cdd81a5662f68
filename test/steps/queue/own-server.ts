import type { StepContext } from '../../../src/contracts/step.js';
import { openConnection } from '../../../src/redis/connection.js';
import { openConnections } from '../../../src/redis/connections.js';
import { parseRedisUrl } from '../../../src/redis/url.js';
import type { ManagedConfig } from '../../../src/targets/managed/config.js';
import { dialWire } from '../../../src/wire/link.js';
import { startTestServer } from '../../support/server.js';
import { openTestContext, type TestContext } from '../context.js';

/** A context on a server of its own, for a test that would disturb others on the shared one. */
export async function openOwnServer(
  overrides: Partial<StepContext> = {},
  config?: ManagedConfig,
): Promise<TestContext> {
  const target = await startTestServer(config);
  const address = parseRedisUrl(target.url);
  const redis = await openConnection(address, { name: 'shared' });
  const connections = openConnections(address, { caseName: 'own', shared: redis, dialBusy: dialWire });
  const opened = await openTestContext({ redis, connections, target, ...overrides });
  return {
    ...opened,
    async [Symbol.asyncDispose]() {
      await opened[Symbol.asyncDispose]();
      await connections[Symbol.asyncDispose]();
      await redis[Symbol.asyncDispose]();
      await target[Symbol.asyncDispose]();
    },
  };
}
