/** What producing and consuming actions record of each message. Judged by checkers; see `history/recorder.ts`. */

/**
 * invoke: the operation was sent · ok: it definitely happened · fail: it definitely did not ·
 * info: its outcome is unknown (a reply that was lost or never came).
 */
export type HistoryPhase = 'invoke' | 'ok' | 'fail' | 'info';

/**
 * What was done with a message: push (enqueue, publish, add), deliver (a consumer got it), effect (the handler's effect
 * was applied; fail: `once` held it back), complete (handled and acknowledged; fail: the acknowledgement came after the
 * lease had ended), handlerFail (the handler raised), crash (the consumer died with it in hand), retry (put back for a
 * later attempt), deadLetter, discard (given up without a dead-letter queue), redrive (its target is the queue that got
 * it back), purge (its target is the dead-letter queue).
 *
 * Of a subscriber: subscribe (the server confirmed it; the target is a channel or a pattern), disconnect (its connection
 * broke), caughtUp (it has read all that the server had for it at `since`; info: nobody knows whether it has).
 *
 * Of a look at a server: look (invoke: it begins, and replaces every earlier one at this target; ok: all was seen; info:
 * not all, or the queue was at work meanwhile), and between the two what lay there: queued (to be delivered, now or
 * later), inFlight (delivered and not acknowledged), dead (in a dead-letter queue, which is the target), done (noted as
 * completed by the program that works on the queue).
 */
export type HistoryOperation =
  | 'push'
  | 'deliver'
  | 'effect'
  | 'complete'
  | 'handlerFail'
  | 'crash'
  | 'retry'
  | 'deadLetter'
  | 'discard'
  | 'redrive'
  | 'purge'
  | 'subscribe'
  | 'disconnect'
  | 'caughtUp'
  | 'look'
  | 'queued'
  | 'inFlight'
  | 'dead'
  | 'done';

/** One event. Times are milliseconds of the monotonic clock. */
export interface HistoryEvent {
  readonly phase: HistoryPhase;
  readonly operation: HistoryOperation;
  /** Queue, channel, pattern or stream, as the scenario names it. */
  readonly target: string;
  /** Where a message went: of deadLetter the dead-letter queue; of deliver the pattern that it came by. */
  readonly to?: string;
  /**
   * The id of the message: `<producer>-<sequence>` for built-in messages, otherwise its identity. Empty for a delivery
   * whose reply was lost (info): a message may be gone, and nobody knows which.
   */
  readonly message: string;
  readonly time: number;
  /** When the operation was sent, where no invoke event says it: a delivery happened between `since` and `time`. */
  readonly since?: number;
  /** The logical process; one that suffered an unknown outcome goes on under a new id. */
  readonly process: number;
  /** Which delivery or handler run of the message this is, from 1; 0 where that says nothing. */
  readonly attempt: number;
  /** Subscriber, worker or producer within its step. */
  readonly actor: string;
  /** The stream's entry id, where there is one. */
  readonly entryId?: string;
  /** The ordering key of a pushed message, where it has one. */
  readonly key?: string;
  /** A delivery of this message before this time is early: its delay, its backoff, or the lease of this delivery. */
  readonly notBefore?: number;
  /** The connection that it went over, by its number within the run. */
  readonly connection?: number;
  /** The fault that was at work: `crash`, `hang`, or the name of one on the server or the network. */
  readonly fault?: string;
  /** What names a message without an envelope: an expression, or its content, with a counter for equal ones. */
  readonly namedBy?: 'identity' | 'content';
  /** The CRC-32 of the body that was pushed, or that lies in a dead-letter queue. */
  readonly hash?: number;
  /** The body as text, of a push; absent above 1 KiB. */
  readonly body?: string;
  /** The target of a subscription is a pattern. */
  readonly pattern?: boolean;
  /** The target is a sharded channel, which has nothing in common with the channel of that name. */
  readonly shard?: true;
}

/** An event with the step that recorded it; empty where the recorder was not told. */
export interface RecordedEvent extends HistoryEvent {
  readonly step: string;
}

/** Takes the events of one case. */
export interface HistoryRecorder {
  record(event: HistoryEvent): void;
  /** For many events of one producer's messages, which differ in sequence and time alone. */
  series(event: Omit<HistoryEvent, 'message' | 'time'>, producer: string): HistorySeries;
  /** A number that no other process of this case has. */
  newProcess(): number;
}

export interface HistorySeries {
  /** Of the message `<producer>-<sequence>`; `body` is what was pushed. */
  record(sequence: number, time: number, body?: PushedBody): void;
}

/** A body as bytes, which need not stay what they are: `bytes[0, length)`. */
export interface PushedBody {
  readonly bytes: Buffer;
  readonly length: number;
  readonly isAscii: boolean;
  /** Its CRC-32. */
  readonly hash: number;
  /** It is short enough for its text to be kept. */
  readonly isKept: boolean;
  /** Another one as soon as it is another body. */
  readonly revision: number;
}
