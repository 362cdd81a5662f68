import type { StepContext } from '../../contracts/step.js';
import type { Idle, QueueBackend } from './backends/backend.js';
import type { DeadLetterRoute } from './dead-letter.js';
import type { Handler } from './handler.js';
import type { QueueActivity, QueueRegistry } from './registry.js';
import type { RetryPolicy } from './retry.js';
import type { WorkLog } from './work-log.js';

/** What the workers of one step have in common. */
export interface Job {
  readonly queue: string;
  readonly backend: QueueBackend;
  readonly delivery: 'at-least-once' | 'at-most-once';
  readonly handler: Handler;
  readonly retry: RetryPolicy;
  readonly maxDeliveries: number;
  /** Null: a message that is given up is discarded. */
  readonly deadLetters: DeadLetterRoute | null;
  readonly log: WorkLog;
  readonly registry: QueueRegistry;
  readonly activity: QueueActivity;
  readonly context: StepContext;
  /** The work is over, now. */
  readonly signal: AbortSignal;
  /** Workers end with the message that they have in hand. */
  readonly stopping: AbortSignal;
  /** Nothing was there. Resolves when it is worth looking again; false when the worker is to end. */
  waitForMore(empty: Empty): Promise<boolean>;
  /** A message came after waiting: there may be more. */
  wakeNext(): void;
}

/** Nothing was there; `quiet`: and no producer was at work when that was asked. */
export interface Empty {
  readonly idle: Idle;
  readonly quiet: boolean;
}
