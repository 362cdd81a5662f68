import { expect, test } from 'vitest';
import { type AttemptPolicy, runAttempts } from '../../src/engine/attempts.js';
import type { CaseSession } from '../../src/engine/session.js';
import { JudgementError } from '../../src/errors.js';

const ONCE: AttemptPolicy = {
  limitMs: 10_000,
  declaredMs: 0,
  within: undefined,
  throughout: undefined,
  retry: undefined,
};

/** When an action ran that never holds, on a clock that only sleep moves. */
async function runTimes(modifiers: Partial<AttemptPolicy>): Promise<number[]> {
  let now = 0;
  const clock = {
    now: () => now,
    sleep: async (milliseconds: number) => {
      now += milliseconds;
    },
  };
  const session = { clock, deadline: { extend: () => {} } } as unknown as CaseSession; // all that is asked of it
  const times: number[] = [];
  const run = runAttempts({ ...ONCE, ...modifiers }, session, new AbortController().signal, async () => {
    times.push(now);
    throw new JudgementError('it does not hold', { code: 'MISMATCH' });
  });
  await expect(run).rejects.toThrow('it does not hold (not within 150ms, in ');
  return times;
}

test('within asks again soon, then ever more rarely, and last at the end', async () => {
  expect(await runTimes({ within: { forMs: 150, everyMs: 50, firstMs: 1 } })).toEqual([
    0, 1, 3, 7, 15, 31, 63, 113, 150,
  ]);
});

test('within asks as often as the scenario says', async () => {
  expect(await runTimes({ within: { forMs: 150, everyMs: 60, firstMs: 60 } })).toEqual([0, 60, 120, 150]);
});
