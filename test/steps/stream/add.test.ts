import { describe, expect, test } from 'vitest';
import { streamAdd } from '../../../src/steps/stream/add.js';
import { streamRead } from '../../../src/steps/stream/read.js';
import { openTestContext } from '../context.js';
import { constant, deferred } from '../fields.js';

const stream = 'events';

describe('stream.add', () => {
  test('adds one entry', async () => {
    await using opened = await openTestContext();
    const fields = constant({ type: 'created', user: 7, vip: true });
    const { ids, length } = await streamAdd.run({ stream, fields, count: 1 }, opened.context);
    expect(length).toBe(1);
    const { entries } = await streamRead.run({ stream, ack: false }, opened.context);
    expect(entries).toEqual([{ id: ids[0], fields: { type: 'created', user: '7', vip: 'true' } }]);
  });

  test('adds many, each evaluated with its index', async () => {
    await using opened = await openTestContext();
    const fields = deferred(({ index }) => ({ user: `u${index}` }));
    const { ids, length } = await streamAdd.run({ stream, fields, count: 2_500 }, opened.context);
    expect(length).toBe(2_500);
    expect(new Set(ids).size).toBe(2_500);
    const { entries } = await streamRead.run({ stream, ack: false }, opened.context);
    expect(entries.map(({ id }) => id)).toEqual(ids);
    expect(entries.at(-1)?.fields).toEqual({ user: 'u2499' });
  });

  test('makes entries of its own for a count alone', async () => {
    await using opened = await openTestContext();
    await streamAdd.run({ stream, count: 2 }, opened.context);
    const { entries } = await streamRead.run({ stream, ack: false }, opened.context);
    expect(entries.map(({ fields }) => fields)).toEqual([{ index: '0' }, { index: '1' }]);
  });

  test('trims to the exact length, and takes ids', async () => {
    await using opened = await openTestContext();
    expect(await streamAdd.run({ stream, count: 100, maxLength: 7 }, opened.context)).toMatchObject({ length: 7 });
    const fields = constant({ a: '' });
    const last = await streamAdd.run({ stream, fields, count: 1, id: '9999999999999-1' }, opened.context);
    expect(last).toEqual({ ids: ['9999999999999-1'], length: 8 });
    await expect(streamAdd.run({ stream, fields, count: 1, id: '5-1' }, opened.context)).rejects.toMatchObject({
      code: 'ERR',
      message: 'The ID specified in XADD is equal or smaller than the target stream top item',
    });
  });
});
