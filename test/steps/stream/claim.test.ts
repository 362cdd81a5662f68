import { describe, expect, test } from 'vitest';
import { streamAdd } from '../../../src/steps/stream/add.js';
import { streamClaim } from '../../../src/steps/stream/claim.js';
import { streamGroup } from '../../../src/steps/stream/group.js';
import { streamInspect } from '../../../src/steps/stream/inspect.js';
import { streamRead } from '../../../src/steps/stream/read.js';
import { openTestContext } from '../context.js';

const stream = 'events';
const group = 'mailers';

describe('stream.claim', () => {
  test("takes over others' entries past every page, and names the deleted", async () => {
    await using opened = await openTestContext();
    const { redis, namespace } = opened.context;
    await streamGroup.run({ stream, group, from: '0' }, opened.context);
    const { ids } = await streamAdd.run({ stream, count: 250 }, opened.context);
    await streamRead.run({ stream, group, consumer: 'dead', ack: false }, opened.context);
    await redis.call(['XDEL', namespace.key(stream), ids[3]!]);
    const claimed = await streamClaim.run({ stream, group, consumer: 'heir', minIdle: 0 }, opened.context);
    expect(claimed.entries.map(({ id }) => id)).toEqual(ids.filter((_, at) => at !== 3));
    expect(claimed.deleted).toEqual([ids[3]]);
    expect(await streamInspect.run({ stream, group }, opened.context)).toMatchObject({ pending: 249 });
  });

  test('takes at most a count, and only what is idle', async () => {
    await using opened = await openTestContext();
    await streamGroup.run({ stream, group, from: '0' }, opened.context);
    await streamAdd.run({ stream, count: 120 }, opened.context);
    await streamRead.run({ stream, group, consumer: 'dead', ack: false }, opened.context);
    const claim = async (minIdle: number, count: number) =>
      (await streamClaim.run({ stream, group, consumer: 'heir', minIdle, count }, opened.context)).entries.length;
    expect(await claim(60_000, 10)).toBe(0);
    expect(await claim(0, 110)).toBe(110);
  });
});
