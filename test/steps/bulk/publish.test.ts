import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { pubsubPublish } from '../../../src/steps/pubsub/publish.js';
import { decodeMessage } from '../../../src/steps/queue/envelope.js';
import { type Cluster, startCluster } from '../../support/cluster.js';
import { commandStats } from '../../wire/support.js';
import { openTestContext, type TestContext } from '../context.js';
import { openContextAt } from '../context-at.js';
import { deferred } from '../fields.js';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
}, 60_000);
afterAll(async () => await cluster[Symbol.asyncDispose]());

type Input = Parameters<typeof pubsubPublish.run>[0];
const input = (overrides: Partial<Input>): Input => ({ publishers: 1, envelope: 'redrill', ...overrides });

/** What a subscriber of another program gets. */
async function listen({ context }: TestContext, kind: 'channels' | 'shardChannels') {
  const payloads: Buffer[] = [];
  const subscriber = await context.connections.subscriber('listener');
  subscriber.onDelivery((_, bytes, start, end) => payloads.push(Buffer.from(bytes.subarray(start, end))));
  await subscriber.subscribe(kind, [context.namespace.channel('news')]);
  return payloads;
}

test.each(['server', 'cluster'] as const)(
  'many messages on a %s reach subscribers in the order of each publisher',
  async (where) => {
    await using opened = where === 'server' ? await openTestContext() : await openContextAt(cluster.target.url);
    for (const kind of ['channels', 'shardChannels'] as const) {
      const payloads = await listen(opened, kind);
      const destination = kind === 'channels' ? { channel: 'news' } : { shardChannel: 'news' };
      const before = [...opened.recorder.events()].length;
      const size = deferred(({ index }) => 5 + (Number(index) % 50));
      const result = await pubsubPublish.run(
        input({ ...destination, count: 3_000, publishers: 3, size }),
        opened.context,
      );
      expect(result).toMatchObject({ published: 3_000, errors: 0 });
      // In a cluster a node counts the subscribers that are connected to it.
      if (where === 'server') expect(result.receivers).toBe(3_000);
      await vi.waitFor(() => expect(payloads).toHaveLength(3_000), { timeout: 20_000 });
      const got = payloads.map(decodeMessage);
      const events = [...opened.recorder.events()].slice(before);
      const sent = new Map(events.flatMap((event) => (event.phase === 'invoke' ? [[event.message, event]] : [])));
      const ends = ['', '#2'].map((again) => `publisher-1${again}-`);
      expect(events.filter(({ phase }) => phase === 'ok')).toHaveLength(3_000);
      for (const { envelope, body } of got) {
        const event = sent.get(envelope!.id)!;
        expect(event).toMatchObject({ target: 'news', body: String(body), hash: crc32(Buffer.from(String(body))) });
        expect(event.shard).toBe(kind === 'shardChannels' ? true : undefined);
      }
      const first = got.filter(({ envelope }) => ends.some((end) => envelope!.id.includes(end)));
      expect(first.map(({ envelope }) => envelope!.sequence)).toEqual(Array.from({ length: 1_000 }, (_, n) => n));
    }
  },
);

test('in a cluster all messages of a channel go to one node', async () => {
  await using opened = await openContextAt(cluster.target.url);
  await Promise.all(cluster.primaries.map(({ admin }) => admin.call('CONFIG', 'RESETSTAT')));
  await pubsubPublish.run(input({ channel: 'news', count: 2_000, publishers: 2 }), opened.context);
  const calls = await Promise.all(
    cluster.primaries.map(async ({ admin }) => (await commandStats(admin)).publish?.calls ?? 0),
  );
  expect(calls.toSorted((a, b) => a - b)).toEqual([0, 0, 2_000]);
});
