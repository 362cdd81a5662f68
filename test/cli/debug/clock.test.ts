import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { PausableClock } from '../../../src/cli/debug/clock.js';
import { systemClock } from '../../../src/engine/clock.js';

test('a clock stands still while somebody is waited for, and goes on from there', async () => {
  const clock = new PausableClock();
  const before = clock.now();
  let [first, second] = [0, 0];
  const answer = await clock.pauseWhile(async () => {
    first = clock.now();
    await sleep(60);
    second = clock.now();
    return 'answer';
  });
  expect(answer).toBe('answer');
  expect(second).toBe(first);
  expect(first).toBeGreaterThanOrEqual(before);
  const real = systemClock.now();
  const after = clock.now();
  expect(after).toBeGreaterThanOrEqual(second);
  await sleep(20);
  expect(clock.now() - after).toBeGreaterThan(0);
  expect(real - after).toBeGreaterThan(50);
  await expect(clock.pauseWhile(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  const moved = clock.now();
  await expect.poll(() => clock.now()).toBeGreaterThan(moved);
});
