import { describe, expect, test } from 'vitest';
import { command } from '../../../src/steps/command/command.js';
import { transaction } from '../../../src/steps/command/transaction.js';
import { openTestContext } from '../context.js';

describe('transaction', () => {
  test('gives the replies of all commands', async () => {
    await using opened = await openTestContext();
    const replies = await transaction.run(
      [
        ['DECRBY', 'account:1', 10],
        ['INCRBY', 'account:2', 10],
      ],
      opened.context,
    );
    expect(replies).toEqual([-10, 10]);
  });

  test('holds an error reply as a value; the rest was applied', async () => {
    await using opened = await openTestContext();
    const replies = await transaction.run(
      [
        ['SET', 'user:1', 'ada'],
        ['LPUSH', 'user:1', 'x'],
        ['APPEND', 'user:1', '!'],
      ],
      opened.context,
    );
    const error = { code: 'WRONGTYPE', message: 'Operation against a key holding the wrong kind of value' };
    expect(replies).toEqual(['OK', { error }, 4]);
    expect(transaction.findError?.(replies)).toEqual(error);
  });

  test('is null when a watched key has changed', async () => {
    await using opened = await openTestContext();
    await command.run(['WATCH', 'account:1'], opened.context);
    await opened.context.redis.call(['SET', opened.context.namespace.key('account:1'), 5]);
    const replies = await transaction.run([['INCR', 'account:1']], opened.context);
    expect(replies).toBeNull();
    expect(transaction.findError?.(replies)).toBeUndefined();
    expect(await command.run(['GET', 'account:1'], opened.context)).toBe('5');
  });

  test('raises when a command could not be queued', async () => {
    await using opened = await openTestContext();
    await expect(transaction.run([['SET', 'user:1', 'ada'], ['GET']], opened.context)).rejects.toMatchObject({
      name: 'ReplyError',
      code: 'EXECABORT',
    });
    expect(await command.run(['GET', 'user:1'], opened.context)).toBeNull();
  });
});
