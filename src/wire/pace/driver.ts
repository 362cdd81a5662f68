import type { Client } from '../net/client.js';

/** Decides when operations are sent, and by which client. */
export interface Driver {
  /** Nothing is left to send. */
  readonly isOver: boolean;
  /** Operations that were due and not sent. */
  readonly unsent: number;
  /** When the last was sent that was due at a time of its own. */
  readonly lastSentMs: number;
  /** How long after it was due. */
  readonly lateMs: number;
  start(): void;
  /** A client has read what came, or is connected again: it may have room. */
  serve(client: Client): void;
  /** Nothing new becomes due. */
  end(): void;
}

/** What a driver works with. */
export interface Road {
  readonly clients: readonly Client[];
  /** Operations that a client has in flight at most. */
  readonly pipeline: number;
  /** Operations in all; Infinity: as many as there is time for. */
  readonly count: number;
  now(): number;
  /** Gathers it for the client to send now. */
  gather(client: Client, operation: number, dueMs: number, now: number): void;
}
