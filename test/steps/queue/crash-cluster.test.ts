import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openConnections } from '../../../src/redis/connections.js';
import { parseRedisUrl } from '../../../src/redis/url.js';
import { BACKENDS } from '../../../src/steps/queue/backends/backend.js';
import { queuePush } from '../../../src/steps/queue/push.js';
import { queueWork } from '../../../src/steps/queue/work.js';
import { dialWire } from '../../../src/wire/link.js';
import { openTestContext } from '../context.js';
import { type Cluster, startCluster } from './cluster-server.js';
import { type Life, liveEachCommand } from './crash.js';
import { FATES, type Fate } from './dying.js';
import { pushInput, workInput } from './inputs.js';

vi.setConfig({ testTimeout: 60_000 });

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(async () => await cluster[Symbol.asyncDispose]());

const IDS = ['push-0', 'push-1'];

/** No script may touch two slots: the letter is written first, and then the message is acknowledged. */
describe('a queue and its dead-letter queue in two slots of a cluster', () => {
  test.each(BACKENDS)('leave a letter twice, of one id, where a %s worker dies between the two', async (backend) => {
    await using connections = openConnections(parseRedisUrl(cluster.url), {
      caseName: backend,
      shared: cluster.redis,
      dialBusy: dialWire,
    });
    await using opened = await openTestContext({ redis: cluster.redis, connections, caseId: `two-slots-${backend}` });
    const work = (visibility: number) => {
      const handler = { faults: [{ fail: { at: 'start' as const } }] };
      return workInput({ backend, visibility, handler, deadLetter: 'dead' });
    };
    const life: Life = {
      backend,
      keys: 'spread',
      before: (context) => queuePush.run(pushInput({ backend, count: IDS.length }), context),
      dying: (context, fate: Fate) => queueWork.run(work(fate === 'lost' ? 150 : 60_000), context),
      after: (context) => queueWork.run(work(60_000), context),
    };
    const all = await liveEachCommand(life, FATES, opened.context);
    for (const { letters, queue, keys } of all) {
      expect({ letters: [...new Set(letters)], queue, keys }).toEqual({
        letters: IDS,
        queue: { ready: 0, delayed: 0, inFlight: 0 },
        keys: backend === 'stream' ? ['dead', 'orders'] : ['dead'],
      });
    }
    // Take, the script that is refused, letter, acknowledgement, and so on; a stream's group before.
    const first = backend === 'stream' ? 1 : 0;
    const twice = all.filter(({ point, letters }) => !point.startsWith('lost') && letters.length > IDS.length);
    expect(twice.map(({ point }) => point)).toEqual(
      [first + 2, first + 6].flatMap((letter) => [`after ${letter}`, `before ${letter + 1}`]),
    );
  });
});
