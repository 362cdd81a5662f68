import { describe, expect, test } from 'vitest';
import { pipeline } from '../../../src/steps/command/pipeline.js';
import { openTestContext } from '../context.js';

describe('pipeline', () => {
  test('gives a reply for each command, with the namespace taken off', async () => {
    await using opened = await openTestContext();
    const replies = await pipeline.run(
      [
        ['SET', 'user:1', 'ada'],
        ['INCR', 'visits'],
        ['SCAN', 0, 'MATCH', 'v*', 'COUNT', 10_000],
      ],
      opened.context,
    );
    expect(replies).toEqual(['OK', 1, ['0', ['visits']]]);
    expect(pipeline.findError?.(replies)).toBeUndefined();
  });

  test('holds an error reply as a value at its place', async () => {
    await using opened = await openTestContext();
    const replies = await pipeline.run(
      [
        ['SET', 'user:1', 'ada'],
        ['INCR', 'user:1'],
        ['GET', 'user:1'],
      ],
      opened.context,
    );
    const error = { code: 'ERR', message: 'value is not an integer or out of range' };
    expect(replies).toEqual(['OK', { error }, 'ada']);
    expect(pipeline.findError?.(replies)).toEqual(error);
  });

  test('a hash with a field called error is no error', async () => {
    await using opened = await openTestContext();
    const replies = await pipeline.run(
      [
        ['HSET', 'hash', 'error', 'code'],
        ['HGETALL', 'hash'],
      ],
      opened.context,
    );
    expect(replies).toEqual([1, { error: 'code' }]);
    expect(pipeline.findError?.(replies)).toBeUndefined();
  });
});
