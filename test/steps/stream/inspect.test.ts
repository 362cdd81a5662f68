import { describe, expect, test } from 'vitest';
import { streamAdd } from '../../../src/steps/stream/add.js';
import { streamGroup } from '../../../src/steps/stream/group.js';
import { streamInspect } from '../../../src/steps/stream/inspect.js';
import { streamRead } from '../../../src/steps/stream/read.js';
import { openTestContext } from '../context.js';

const stream = 'events';
const group = 'mailers';

describe('stream.inspect', () => {
  test('a stream that is not there has length 0', async () => {
    await using opened = await openTestContext();
    const nothing = { length: 0, groups: 0, pending: 0, lag: null, consumers: 0, oldestPendingIdle: null };
    expect(await streamInspect.run({ stream }, opened.context)).toEqual(nothing);
    expect(await streamInspect.run({ stream, group }, opened.context)).toEqual(nothing);
  });

  test('sums over all groups, or looks at one', async () => {
    await using opened = await openTestContext();
    await streamAdd.run({ stream, count: 5 }, opened.context);
    expect(await streamInspect.run({ stream }, opened.context)).toMatchObject({ length: 5, groups: 0, lag: null });
    for (const name of ['a', 'b']) {
      await streamGroup.run({ stream, group: name, from: '0' }, opened.context);
      await streamRead.run({ stream, group: name, count: name === 'a' ? 1 : 3, ack: false }, opened.context);
    }
    const all = await streamInspect.run({ stream }, opened.context);
    expect(all).toMatchObject({ length: 5, groups: 2, pending: 4, lag: 6, consumers: 2 });
    expect(all.oldestPendingIdle).toBeGreaterThanOrEqual(0);
    const one = await streamInspect.run({ stream, group: 'b' }, opened.context);
    expect(one).toMatchObject({ length: 5, groups: 2, pending: 3, lag: 2, consumers: 1 });
  });

  test('does not know the lag after entries in the middle were deleted', async () => {
    await using opened = await openTestContext();
    const { redis, namespace } = opened.context;
    const { ids } = await streamAdd.run({ stream, count: 5 }, opened.context);
    await streamGroup.run({ stream, group, from: ids[1]! }, opened.context);
    await redis.call(['XDEL', namespace.key(stream), ids[3]!]);
    expect(await streamInspect.run({ stream, group }, opened.context)).toMatchObject({ length: 4, lag: null });
  });

  test('finds the entry that has waited longest, whatever its id', async () => {
    await using opened = await openTestContext();
    const { redis, namespace } = opened.context;
    const key = namespace.key(stream);
    await streamGroup.run({ stream, group, from: '0' }, opened.context);
    const { ids } = await streamAdd.run({ stream, count: 1_500 }, opened.context);
    await streamRead.run({ stream, group, ack: false }, opened.context);
    await redis.call(['XCLAIM', key, group, 'redrill', 0, ids[1_200]!, 'IDLE', 90_000]);
    const { oldestPendingIdle } = await streamInspect.run({ stream, group }, opened.context);
    expect(oldestPendingIdle).toBeGreaterThanOrEqual(90_000);
  });

  test('raises for a group that the stream does not have, and for a key of another type', async () => {
    await using opened = await openTestContext();
    const { redis, namespace } = opened.context;
    await streamGroup.run({ stream, group, from: '$' }, opened.context);
    await expect(streamInspect.run({ stream, group: 'mailer' }, opened.context)).rejects.toMatchObject({
      code: 'NOGROUP',
      message: "No such consumer group 'mailer' for stream 'events'",
    });
    await redis.call(['SET', namespace.key('text'), 'x']);
    await expect(streamInspect.run({ stream: 'text' }, opened.context)).rejects.toMatchObject({ code: 'WRONGTYPE' });
  });
});
