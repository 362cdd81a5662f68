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

/** How late the last message may be sent: of the time that the rate gives all, and what a machine that stalls may lose. */
const LATE_SHARE = 0.01;
const STALL_MS = 250;

/** `unknown` where the last of so many messages was sent too late, in milliseconds: that load was never there. */
export function judgeRate(messages: number, lateMs: number, rate: number | undefined): Judgement | undefined {
  if (rate === undefined) return undefined;
  const dueMs = (messages * 1_000) / rate;
  if (lateMs <= dueMs * LATE_SHARE + STALL_MS) return undefined;
  const held = (messages * 1_000) / (dueMs + lateMs);
  return {
    verdict: 'unknown',
    message: `the rate was not held: ${formatRate(held)} instead of ${formatRate(rate)}`,
    next: 'ask for a lower `rate`, or for more producers',
    voids: ['throughput', 'latency', 'late'],
  };
}

const formatRate = (perSecond: number): string => `${formatCount(Math.round(perSecond))}/s`;

/** How long operations take by what was asked for alone, in milliseconds. */
export function declaredTime(count: number, { rate, forMs }: Omit<Pace, 'startMs'>): number {
  const byRate = rate === undefined ? 0 : (count * 1_000) / rate;
  return forMs === undefined ? byRate : Math.min(forMs, rate === undefined ? forMs : byRate);
}
