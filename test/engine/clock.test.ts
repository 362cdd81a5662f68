import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Clock } from '../../src/contracts/step.js';
import { Deadline, PausableClock, systemClock } from '../../src/engine/clock.js';

/** Stands at `time` until somebody moves it. */
class StandingClock implements Clock {
  time = 0;
  readonly wallTime = systemClock.wallTime;
  readonly sleep = systemClock.sleep;
  now(): number {
    return this.time;
  }
}

test('a deadline goes by its clock, however long that stands still', async () => {
  const clock = new StandingClock();
  using deadline = new Deadline(10, () => new Error('over'), clock);
  await sleep(50);
  expect(deadline.signal.aborted).toBe(false);
  clock.time = 5;
  await sleep(50);
  expect(deadline.signal.aborted).toBe(false);
  clock.time = 10;
  await expect.poll(() => deadline.signal.aborted).toBe(true);
  expect(deadline.signal.reason).toEqual(new Error('over'));
});

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
