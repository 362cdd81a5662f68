import { describe, expect, test } from 'vitest';
import { cacheDelete } from '../../../src/steps/cache/delete.js';
import { cacheGet } from '../../../src/steps/cache/get.js';
import { cacheSet } from '../../../src/steps/cache/set.js';
import { openTestContext } from '../context.js';

describe('cache.delete', () => {
  test('deletes keys and counts those that were there', async () => {
    await using opened = await openTestContext();
    for (const key of ['a', 'b', 'c']) await cacheSet.run({ key, value: key }, opened.context);
    expect(await cacheDelete.run({ keys: 'a' }, opened.context)).toEqual({ deleted: 1 });
    expect(await cacheDelete.run({ keys: ['a', 'b', 'b'] }, opened.context)).toEqual({ deleted: 1 });
    expect(await cacheDelete.run({ keys: [] }, opened.context)).toEqual({ deleted: 0 });
    expect(await cacheGet.run({ key: 'b' }, opened.context)).toMatchObject({ hit: false });
    expect(await cacheGet.run({ key: 'c' }, opened.context)).toMatchObject({ hit: true });
  });
});
