import type { DeadLetter } from '../../../contracts/message.js';
import type { CallOptions, Connection } from '../../../contracts/redis.js';
import type { Order } from '../../queue/backends/store.js';
import type { Payload } from '../../queue/payload.js';

/** All that work on dead letters needs of whoever asked for it. */
export interface Access {
  readonly connection: Connection;
  readonly options: CallOptions;
  /** The key of a queue by its name. */
  keyOf(queue: string): string;
  /** Milliseconds since the epoch. */
  wallTime(): number;
}

/** A dead letter with what its layout keeps of it. */
export interface Found {
  readonly letter: DeadLetter;
  /** What takes it out of its queue. */
  readonly handle: Payload;
  /** What lay in the queue that gave it up, byte for byte. */
  readonly message: Payload;
  /** What its handler was given, byte for byte. */
  readonly payload: Payload;
  /** What else its program keeps of it: its history, its options. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** One dead-letter queue. Reading changes nothing. */
export interface DeadQueue {
  readonly layout: LayoutName;
  readonly key: string;
  length(): Promise<number>;
  /** What was there when it began. What was read may be redriven or removed before the next is. */
  entries(order?: Order): AsyncGenerator<Found>;
  /** The queue that a redrive puts it into: `to`, or the one that gave it up. Empty where nothing tells it. */
  destination(found: Found, to: string | undefined): string;
  /** Moves it at once, under its id, with its payload as it is. False if it is no longer there. */
  redrive(found: Found, queue: string): Promise<boolean>;
  /** Deletes these with all that belongs to them; for each, whether it was there. */
  remove(found: readonly Found[]): Promise<readonly boolean[]>;
}

export const LAYOUT_NAMES = ['list', 'stream', 'delayed', 'bullmq', 'rq', 'sidekiq'] as const;
export type LayoutName = (typeof LAYOUT_NAMES)[number];

/** How a program keeps its dead letters. */
export interface Layout {
  readonly name: LayoutName;
  /** What TYPE says of the key of such a queue. */
  readonly type: 'list' | 'stream' | 'zset';
  /** The key of the dead-letter queue that a user names, short names included. */
  nameOf(queue: string): string;
  /** Whether a key of this type surely is such a queue. */
  claims(key: string, access: Access): Promise<boolean>;
  open(key: string, access: Access): DeadQueue;
}
