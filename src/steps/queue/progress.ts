import { readError } from './dead-letter.js';
import type { HandlerError } from './handler.js';

/** What is kept with a message between its failures. Times are milliseconds since the epoch. */
export interface Progress {
  /** Handler runs that ended in failure. */
  readonly attempts: number;
  readonly firstFailedAt: number;
  readonly lastFailedAt: number;
  readonly error: HandlerError;
}

/** Undefined for a message that has not failed yet. */
export function readProgress(state: string): Progress | undefined {
  if (state === '') return undefined;
  const { attempts, firstFailedAt, lastFailedAt, error } = JSON.parse(state) as Record<string, unknown>; // written below
  return {
    attempts: Number(attempts),
    firstFailedAt: Number(firstFailedAt),
    lastFailedAt: Number(lastFailedAt),
    error: readError(error) ?? { class: 'unknown', message: '' },
  };
}

export const writeProgress = (progress: Progress): string => JSON.stringify(progress);

export const afterFailure = (before: Progress | undefined, error: HandlerError, now: number): Progress => ({
  attempts: (before?.attempts ?? 0) + 1,
  firstFailedAt: before?.firstFailedAt ?? now,
  lastFailedAt: now,
  error,
});
