import { describe, expect, test } from 'vitest';
import { streamAdd } from '../../../src/steps/stream/add.js';
import { streamGroup } from '../../../src/steps/stream/group.js';
import { streamInspect } from '../../../src/steps/stream/inspect.js';
import { streamRead } from '../../../src/steps/stream/read.js';
import { openTestContext } from '../context.js';

const stream = 'events';
const group = 'mailers';

describe('stream.read', () => {
  test('without a group gives all entries each time', async () => {
    await using opened = await openTestContext();
    expect(await streamRead.run({ stream, ack: false }, opened.context)).toEqual({ entries: [] });
    const { ids } = await streamAdd.run({ stream, count: 3 }, opened.context);
    for (const count of [2, 2, 3, 10]) {
      const { entries } = await streamRead.run({ stream, count, ack: false }, opened.context);
      expect(entries.map(({ id }) => id)).toEqual(ids.slice(0, count));
    }
  });

  test('as a consumer gives each new entry once, and leaves it pending', async () => {
    await using opened = await openTestContext();
    await streamGroup.run({ stream, group, from: '0' }, opened.context);
    await streamAdd.run({ stream, count: 3 }, opened.context);
    const read = async (consumer: string) =>
      (await streamRead.run({ stream, group, consumer, count: 2, ack: false }, opened.context)).entries.length;
    expect([await read('a'), await read('b'), await read('a')]).toEqual([2, 1, 0]);
    expect(await streamInspect.run({ stream, group }, opened.context)).toMatchObject({
      pending: 3,
      consumers: 2,
      lag: 0,
    });
  });

  test('acknowledges what it read when asked', async () => {
    await using opened = await openTestContext();
    await streamGroup.run({ stream, group, from: '0' }, opened.context);
    await streamAdd.run({ stream, count: 3 }, opened.context);
    await streamRead.run({ stream, group, ack: true }, opened.context);
    expect(await streamInspect.run({ stream, group }, opened.context)).toMatchObject({ pending: 0, lag: 0 });
    await expect(streamRead.run({ stream, ack: true }, opened.context)).rejects.toThrowErrorMatchingInlineSnapshot(
      `[ScenarioError: stream.read acknowledges entries for a group, but names none]`,
    );
  });

  test('waits for an entry, without holding up other commands', async () => {
    await using opened = await openTestContext();
    const read = streamRead.run({ stream, block: 10_000, ack: false }, opened.context);
    const { ids } = await streamAdd.run({ stream, count: 1 }, opened.context);
    expect((await read).entries.map(({ id }) => id)).toEqual(ids);
    expect(streamRead.declaredMs?.({ stream, block: 10_000, ack: false })).toBe(10_000);
  });

  test('gives nothing when none came in time', async () => {
    await using opened = await openTestContext();
    expect(await streamRead.run({ stream, block: 20, ack: false }, opened.context)).toEqual({ entries: [] });
  });

  test('raises for a group that is not there', async () => {
    await using opened = await openTestContext();
    await expect(streamRead.run({ stream, group, ack: false }, opened.context)).rejects.toMatchObject({
      code: 'NOGROUP',
    });
  });
});
