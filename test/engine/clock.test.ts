import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Clock } from '../../src/contracts/step.js';
import { Deadline, systemClock } from '../../src/engine/clock.js';

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
