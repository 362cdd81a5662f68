import { describe, expect, test } from 'vitest';
import { script } from '../../../src/steps/command/script.js';
import { openTestContext } from '../context.js';

describe('script', () => {
  test('runs with keys under the namespace and with arguments', async () => {
    await using opened = await openTestContext();
    const lua = "redis.call('INCRBY', KEYS[1], ARGV[1]); return { KEYS[1], redis.call('GET', KEYS[1]), ARGV[2] }";
    const input = { lua, keys: ['visits'], args: [5, 'x'] };
    expect(await script.run(input, opened.context)).toEqual(['visits', '5', 'x']);
    expect(await script.run(input, opened.context)).toEqual(['visits', '10', 'x']);
  });

  test("takes a file's text", async () => {
    await using opened = await openTestContext();
    expect(await script.run({ file: 'return 7' }, opened.context)).toBe(7);
  });

  test('raises what the script raises', async () => {
    await using opened = await openTestContext();
    const lua = "return redis.error_reply('OUTOFSTOCK none left')";
    await expect(script.run({ lua }, opened.context)).rejects.toMatchObject({
      code: 'OUTOFSTOCK',
      message: 'none left',
    });
  });

  test('holds an error within its reply as a value', async () => {
    await using opened = await openTestContext();
    const reply = await script.run({ lua: "return { 1, redis.error_reply('OUTOFSTOCK none left') }" }, opened.context);
    expect(reply).toEqual([1, { error: { code: 'OUTOFSTOCK', message: 'none left' } }]);
    expect(script.findError?.(reply)).toEqual({ code: 'OUTOFSTOCK', message: 'none left' });
  });
});
