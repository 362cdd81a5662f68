import { describe, expect, test } from 'vitest';
import { streamAdd } from '../../../src/steps/stream/add.js';
import { streamGroup } from '../../../src/steps/stream/group.js';
import { streamInspect } from '../../../src/steps/stream/inspect.js';
import { streamRead } from '../../../src/steps/stream/read.js';
import { openTestContext } from '../context.js';

const stream = 'events';
const group = 'mailers';

describe('stream.group', () => {
  test('creates the group and the stream, once', async () => {
    await using opened = await openTestContext();
    expect(await streamGroup.run({ stream, group, from: '$' }, opened.context)).toEqual({ created: true });
    expect(await streamGroup.run({ stream, group, from: '$' }, opened.context)).toEqual({ created: false });
    expect(await streamInspect.run({ stream }, opened.context)).toMatchObject({ length: 0, groups: 1 });
  });

  test('reads from where it was told', async () => {
    await using opened = await openTestContext();
    const { ids } = await streamAdd.run({ stream, count: 3 }, opened.context);
    const starts = { $: [], '0': ids, [ids[0]!]: ids.slice(1) };
    for (const [from, expected] of Object.entries(starts)) {
      await streamGroup.run({ stream, group: from, from }, opened.context);
      const { entries } = await streamRead.run({ stream, group: from, ack: false }, opened.context);
      expect(entries.map(({ id }) => id)).toEqual(expected);
    }
  });

  test('raises what else is wrong', async () => {
    await using opened = await openTestContext();
    await expect(streamGroup.run({ stream, group, from: 'first' }, opened.context)).rejects.toMatchObject({
      code: 'ERR',
      message: 'Invalid stream ID specified as stream command argument',
    });
  });
});
