import type { CallOptions, Connection } from '../../../contracts/redis.js';
import type { Payload } from '../payload.js';

export const BACKENDS = ['list', 'stream', 'delayed'] as const;
export type BackendKind = (typeof BACKENDS)[number];

export interface Push {
  readonly payload: Payload;
  /** It is not delivered before this time is over, by the server's clock. */
  readonly delayMs: number;
}

/** For each push null, or why the message is not, or may not be, in the queue. */
export type Outcomes = readonly (Error | null)[];

/** A message in a consumer's hands. */
export interface Taken {
  readonly payload: Payload;
  /** How often it was delivered, this time included. */
  readonly deliveries: number;
  /** What the last `retry` kept with it; empty before the first. */
  readonly state: string;
  /** Where it is while it is delivered and retried. Empty if nothing is kept of it (at-most-once). */
  readonly entry: string;
  readonly consumer: string;
}

/** Nothing is there to be delivered now. */
export interface Idle {
  readonly inFlight: number;
  readonly delayed: number;
  /** Time until something may be there again, by itself; null where only a push can change that. */
  readonly nextInMs: number | null;
  /** Where the stream ended, so that nothing that came since is overlooked. */
  readonly position: string;
}

export interface Turn {
  /** For each that was done with, whether this settled it. */
  readonly settled: readonly boolean[];
  /** For each consumer that asked. */
  readonly answers: readonly (Taken | Idle)[];
}

export interface Depths {
  readonly ready: number;
  readonly inFlight: number;
  readonly delayed: number;
  /** Next in line: of what is ready, delayed and in flight, the first of each. */
  readonly heads: readonly Payload[];
}

/** A message that lies in a queue. */
export interface Content {
  /** queued: to be delivered, now or later · inFlight: delivered and not acknowledged · done: acknowledged, and kept. */
  readonly place: 'queued' | 'inFlight' | 'done';
  readonly payload: Payload;
  /** As in `Taken`; empty for one that was never delivered. */
  readonly entry: string;
}

/**
 * One queue on one kind of data structure.
 * Every change is one command or one script, so that a program that dies at any moment leaves each message in exactly
 * one place. Due times and leases go by the server's clock alone.
 * A lease is of one delivery: once it has ended, or the message was delivered again, `settleAndTake`, `retry`
 * and `deadLetter` of that delivery change nothing of it and answer false.
 */
export interface QueueBackend {
  readonly kind: BackendKind;
  /** Makes what consumers need. May be called again at any time. */
  prepare(connection: Connection, options: CallOptions): Promise<void>;
  /** Where one command puts a message there without a delay: what stands before its payload. */
  readonly pushCommand?: readonly string[];
  push(connection: Connection, messages: readonly Push[], options: CallOptions): Promise<Outcomes>;
  /** Acknowledges what is done with, then gives each of these consumers a message, as long as there are any. */
  settleAndTake(
    connection: Connection,
    done: readonly Taken[],
    consumers: readonly string[],
    options: CallOptions,
  ): Promise<Turn>;
  /** Puts it back, to be delivered when the delay is over. */
  retry(connection: Connection, taken: Taken, delayMs: number, state: string, options: CallOptions): Promise<boolean>;
  /** Moves it to another queue of the same kind, whose key is given, with a line before its payload. */
  deadLetter(connection: Connection, taken: Taken, key: string, line: string, options: CallOptions): Promise<boolean>;
  /** Changes nothing. */
  inspect(connection: Connection, options: CallOptions): Promise<Depths>;
  /** Everything that is there, page by page: exact where nothing moves meanwhile. Changes nothing. */
  contents(connection: Connection, options: CallOptions): AsyncIterable<Content>;
  /** Waits on the server for a message that came after `idle`. Blocks the connection. Absent where nothing tells it. */
  arrival?(connection: Connection, idle: Idle, atMostMs: number, options: CallOptions): Promise<void>;
}

export interface ConsumerOptions {
  /** How long a delivery belongs to its consumer. Null: at most once, nothing is kept of what was delivered. */
  readonly visibilityMs: number | null;
  /** The stream's consumer group. */
  readonly group: string;
}

/** The consumer group where none is named. */
export const DEFAULT_GROUP = 'workers';

export const isTaken = (answer: Taken | Idle): answer is Taken => 'payload' in answer;
