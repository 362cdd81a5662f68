import type { StepContext } from '../contracts/step.js';

export interface Pace {
  /** On the monotonic clock. */
  readonly startMs: number;
  /** Operations per second; without it each is due at once. */
  readonly rate?: number | undefined;
  /** No operation is due this long after the start. */
  readonly forMs?: number | undefined;
}

/**
 * Waits until the operation of this number (from 0) is due and gives that time, from which its latency counts: a
 * producer that fell behind catches up, and what waited for it waited. Null when the time is over before it is due.
 */
export async function untilDue(index: number, pace: Pace, context: StepContext): Promise<number | null> {
  const { startMs, rate, forMs = Number.POSITIVE_INFINITY } = pace;
  const now = context.clock.now();
  const due = rate === undefined ? now : startMs + (index * 1_000) / rate;
  if (due >= startMs + forMs) return null;
  if (due > now) await context.clock.sleep(due - now, context.signal);
  return due;
}

/** How long operations take by what was asked for alone, in milliseconds. */
export function declaredTime(count: number, { rate, forMs }: Omit<Pace, 'startMs'>): number {
  const byRate = rate === undefined ? 0 : (count * 1_000) / rate;
  return forMs === undefined ? byRate : Math.min(forMs, rate === undefined ? forMs : byRate);
}
