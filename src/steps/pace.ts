import type { StepContext } from '../contracts/step.js';

export interface Pace {
  /** On the monotonic clock. */
  readonly startMs: number;
  /** Operations per second; without it each is due at once. */
  readonly rate?: number | undefined;
}

/**
 * Waits until the operation of this number (from 0) is due and gives that time, from which its latency counts: a
 * producer that fell behind catches up, and what waited for it waited. Raises the signal's reason.
 */
export async function untilDue(index: number, { startMs, rate }: Pace, context: StepContext): Promise<number> {
  if (rate === undefined) return context.clock.now();
  const due = startMs + (index * 1_000) / rate;
  const early = due - context.clock.now();
  if (early > 0) await context.clock.sleep(early, context.signal);
  return due;
}
