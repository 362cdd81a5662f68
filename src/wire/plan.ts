import type { Reply } from '../contracts/redis.js';
import type { Mix } from './command/mix.js';
import type { Arrival, Stage } from './pace/arrivals.js';

/** What a run sends, when, and what it keeps of the replies. */
export interface RunPlan {
  readonly mix: Mix;
  /** Operations in all; and how long any are sent. Without either it goes on until it is stopped. */
  readonly count?: number | undefined;
  readonly forMs?: number | undefined;
  /** Operations are due at times of their own (an open loop); without, a client sends when it has been answered. */
  readonly arrivals?:
    | { readonly stages: readonly Stage[]; readonly arrival: Arrival; readonly seed: number }
    | undefined;
  /** Operations that are due within this time from the start do not count. */
  readonly warmupMs?: number | undefined;
  /** How long replies are waited for after the last operation was due. */
  readonly drainMs?: number | undefined;
  /** What a connection that breaks means; what was in flight on it is unknown either way. */
  readonly onDisconnect?: 'reconnect' | 'stop' | undefined;
  /** Replies that are kept as values: of every so many operations, up to a number. */
  readonly samples?: { readonly every: number; readonly most: number } | undefined;
  /** Each string of bytes in the replies, where somebody wants them. */
  readonly onBulk?: ((operation: number, bytes: Buffer, start: number, end: number) => void) | undefined;
}

export interface Sample {
  readonly operation: number;
  readonly reply: Reply;
}
