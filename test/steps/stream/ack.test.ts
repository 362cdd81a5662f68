import { describe, expect, test } from 'vitest';
import { streamAck } from '../../../src/steps/stream/ack.js';
import { streamAdd } from '../../../src/steps/stream/add.js';
import { streamGroup } from '../../../src/steps/stream/group.js';
import { streamRead } from '../../../src/steps/stream/read.js';
import { openTestContext } from '../context.js';

const stream = 'events';
const group = 'mailers';

describe('stream.ack', () => {
  test('counts the entries that were pending', async () => {
    await using opened = await openTestContext();
    await streamGroup.run({ stream, group, from: '0' }, opened.context);
    const { ids } = await streamAdd.run({ stream, count: 3 }, opened.context);
    await streamRead.run({ stream, group, ack: false }, opened.context);
    const ack = async (which: string | readonly string[]) =>
      (await streamAck.run({ stream, group, ids: which }, opened.context)).acknowledged;
    expect([await ack(ids[0]!), await ack(ids), await ack(ids), await ack([])]).toEqual([1, 2, 0, 0]);
  });
});
