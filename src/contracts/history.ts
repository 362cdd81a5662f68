/** What producing and consuming actions record of each message. Judged by checkers; see `history/recorder.ts`. */

/**
 * invoke: the operation was sent · ok: it definitely happened · fail: it definitely did not ·
 * info: its outcome is unknown (a reply that was lost or never came).
 */
export type HistoryPhase = 'invoke' | 'ok' | 'fail' | 'info';

/**
 * What was done with a message: push (enqueue, publish, add), deliver (a consumer got it), complete (handled and
 * acknowledged), handlerFail (the handler raised), crash (the consumer died with it in hand), retry (put back for a
 * later attempt), deadLetter, discard (given up without a dead-letter queue), redrive, purge.
 */
export type HistoryOperation =
  | 'push'
  | 'deliver'
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
  /** The id of the message: `<producer>-<sequence>` for built-in messages, otherwise its identity. */
  readonly message: string;
  readonly time: number;
  /** The logical process; one that suffered an unknown outcome goes on under a new id. */
  readonly process: number;
  /** Which delivery or handler run of the message this is, from 1; 0 where that says nothing. */
  readonly attempt: number;
  /** Subscriber, worker or producer within its step. */
  readonly actor: string;
  /** The stream's entry id, where there is one. */
  readonly entryId?: string;
}

/** Takes the events of one case. */
export interface HistoryRecorder {
  record(event: HistoryEvent): void;
  /** A number that no other process of this case has. */
  newProcess(): number;
}
