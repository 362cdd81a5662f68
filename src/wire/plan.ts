import type { Reply } from '../contracts/redis.js';
import type { Mix } from './command/mix.js';
import type { Arrival, Stage } from './pace/arrivals.js';
import type { ReplyKind } from './resp/reader.js';

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
  /** Each client has operations of its own: of N clients the one of number c those of c, c + N, c + 2 N…, in this order. */
  readonly producers?: ProducersPlan | undefined;
  /** Nothing is sent later than this after the start, however much was due: the rate could not be held. */
  readonly latestMs?: number | undefined;
  /** Operations that are due within this time from the start do not count. */
  readonly warmupMs?: number | undefined;
  /** How long replies are waited for after the last operation was due. */
  readonly drainMs?: number | undefined;
  /** A connection that has been silent for so long, with something in flight, is taken for broken. */
  readonly replyTimeoutMs?: number | undefined;
  /** The run fails when no connection could be had for so long. */
  readonly patienceMs?: number | undefined;
  /** What a connection that breaks means; what was in flight on it is unknown either way. */
  readonly onDisconnect?: 'reconnect' | 'stop' | undefined;
  /** Replies that are kept as values: of every so many operations, up to a number. */
  readonly samples?: { readonly every: number; readonly most: number } | undefined;
  /** Each string of bytes in the replies, where somebody wants them. */
  readonly onBulk?: ((operation: number, bytes: Buffer, start: number, end: number) => void) | undefined;
}

export interface ProducersPlan {
  /** Operations of all clients each second; without it a client sends as it is answered. */
  readonly rate?: number | undefined;
  readonly journal: Journal;
}

/** Is told what becomes of each operation, in the order in which it does. */
export interface Journal {
  /** Nothing new is to be sent. */
  readonly isOver?: boolean;
  /** The run, which tells how late the last operation was sent, begins. */
  begun?(run: { readonly lateMs: number }): void;
  /** It is sent now. What this raises ends the run. */
  sending(operation: number, now: number): void;
  /** The reply is `bytes[start, end)`, valid during the call alone. */
  answered(
    operation: number,
    due: number,
    kind: ReplyKind,
    bytes: Buffer,
    start: number,
    end: number,
    at: number,
  ): void;
  /** It was sent, and nobody knows what became of it. */
  lost(operation: number, now: number): void;
}

export interface Sample {
  readonly operation: number;
  readonly reply: Reply;
}
