import type { Judgement, StepContext } from '../contracts/step.js';
import { formatCount } from '../format/text.js';

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

/** The time at which the operation of this number was due; null where it is not due by now. */
export function dueBy(now: number, index: number, pace: Pace): number | null {
  const { startMs, rate, forMs = Number.POSITIVE_INFINITY } = pace;
  const due = rate === undefined ? now : startMs + (index * 1_000) / rate;
  return due > now || due >= startMs + forMs ? null : due;
}

/** How much longer than its rate gives them operations may take. */
export const LATEST_SHARE = 2;
/** Beside that: what a machine that stalls may lose without being too slow for the rate. */
export const STALL_MS = 1_000;

/** `unknown` where the operations took more than twice the time that their rate gives them: that load was never there. */
export function judgeRate(operations: number, throughput: number, rate: number | undefined): Judgement | undefined {
  if (rate === undefined || operations === 0 || throughput === 0) return undefined;
  const tookMs = (operations * 1_000) / throughput;
  if (tookMs <= (LATEST_SHARE * operations * 1_000) / rate + STALL_MS) return undefined;
  return {
    verdict: 'unknown',
    message: `the rate was not held: ${formatRate(throughput)} instead of ${formatRate(rate)}`,
    next: 'ask for a lower `rate`, or for more producers',
  };
}

const formatRate = (perSecond: number): string => `${formatCount(Math.round(perSecond))}/s`;

/** How long operations take by what was asked for alone, in milliseconds. */
export function declaredTime(count: number, { rate, forMs }: Omit<Pace, 'startMs'>): number {
  const byRate = rate === undefined ? 0 : (count * 1_000) / rate;
  return forMs === undefined ? byRate : Math.min(forMs, rate === undefined ? forMs : byRate);
}
