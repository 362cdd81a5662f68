/** What is known of a message: a set of these. */
export const ATTEMPTED = 1 << 0;
export const ACKNOWLEDGED = 1 << 1;
/** The outcome of a push never came. */
export const UNSURE = 1 << 2;
/** It came into the queue as a dead letter: redriven, or given up by another queue's workers. */
export const ARRIVED = 1 << 3;
export const DELIVERED = 1 << 4;
export const COMPLETED = 1 << 5;
/** Handled, though its acknowledgement came too late or was never answered. */
export const HANDLED = 1 << 6;
export const BURIED = 1 << 7;
export const DISCARDED = 1 << 8;
export const PURGED = 1 << 9;
export const DEPARTED = 1 << 10;
/** It may be elsewhere: what would have taken it there was never answered. */
export const MAYBE_GONE = 1 << 11;
/** It may be in the queue again: whether it was put back or redriven was never answered. */
export const MAYBE_BACK = 1 << 12;
/** Effects of it were recorded. */
export const AFFECTED = 1 << 13;

/** Where a message is at the end: a set of these. */
export const PLACES = { completed: 1, deadLettered: 2, discarded: 4, purged: 8, queued: 16, inFlight: 32 } as const;
/** Redriven to another queue, which accounts for it. */
export const ELSEWHERE = 64;
/** An operation without an answer may have moved it: it is never lost. */
export const UNCERTAIN = 128;
/** Found twice by the last look. */
export const TWICE = 256;
