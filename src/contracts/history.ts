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
  | 'purge';

/** One event. Times are milliseconds of the monotonic clock. */
export interface HistoryEvent {
  readonly phase: HistoryPhase;
  readonly operation: HistoryOperation;
  /** Queue, channel or stream, as the scenario names it. */
  readonly target: string;
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
}

/** An event with the step that recorded it; empty where the recorder was not told. */
export interface RecordedEvent extends HistoryEvent {
  readonly step: string;
}

/** Takes the events of one case. */
export interface HistoryRecorder {
  record(event: HistoryEvent): void;
  /** A number that no other process of this case has. */
  newProcess(): number;
}
