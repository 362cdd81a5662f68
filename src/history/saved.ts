import type { RecordedEvent } from '../contracts/history.js';
import type { Verdict } from '../contracts/result.js';
import type { RecordedCheck } from './recorder.js';

/** The lines of a saved history: a header, events with the checks at their places, an end. */
export type SavedLine = SavedHeader | SavedEvent | SavedCheck | SavedEnd;

/** Raised when a line changes its meaning. */
export const SAVED_FORMAT = 1;

/** What a history is of. */
export interface SavedHeader {
  readonly type: 'history';
  readonly format: typeof SAVED_FORMAT;
  /** The version that wrote it. */
  readonly redrill: string;
  readonly case: string;
  /** From 2 on, where the case ran again. */
  readonly attempt?: number;
  readonly file: string;
  readonly seed: number;
  /** The kind of target. */
  readonly target: string;
  /** ISO 8601. */
  readonly startedAt: string;
  /** The same on the clock of the events. */
  readonly beganAt?: number | undefined;
}

export interface SavedEvent extends RecordedEvent {
  readonly type: 'event';
}

export interface SavedCheck extends RecordedCheck {
  readonly type: 'check';
}

export interface SavedEnd {
  readonly type: 'end';
  readonly events: number;
  /** Of the case. */
  readonly verdict: Verdict;
}
