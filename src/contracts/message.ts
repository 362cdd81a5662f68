/**
 * The stored form of a built-in message: an envelope around a body that it never changes.
 * Times are milliseconds since the epoch by the server-independent wall clock of the producer.
 */
export interface Envelope {
  /** `<producer>-<sequence>`, unique within a case and dense for each producer. */
  readonly id: string;
  /** From 0, without gaps for each producer. */
  readonly sequence: number;
  /** The ordering key given by `key`, if any. */
  readonly key: string | null;
  readonly enqueuedAt: number;
  /** When the message is due: `enqueuedAt` plus its delay. */
  readonly deliverAt: number;
}

/** What a handler sees as `message`. */
export interface Message extends Omit<Envelope, 'enqueuedAt' | 'deliverAt'> {
  /** Null for a body that another program stored alone. */
  readonly enqueuedAt: number | null;
  readonly deliverAt: number | null;
  /** The body as a typed value: JSON where it parses as JSON, otherwise the string. */
  readonly body: unknown;
  /** Handler runs of this message, this one and crashed ones included, from 1; a redrive starts again. */
  readonly attempt: number;
}

/**
 * What a dead-letter queue keeps beside the payload. Times are milliseconds since the epoch, null where nothing tells
 * them: of a body that was stored without an envelope, and of a dead letter that another program put there.
 */
export interface DeadLetter {
  readonly id: string;
  /** Empty where nothing tells it. */
  readonly originalQueue: string;
  /** `attempts` (the handler failed too often), `deliveries` (delivered too often, crashes included) or `unknown`. */
  readonly reason: string;
  readonly attempts: number;
  readonly deliveries: number;
  readonly firstEnqueuedAt: number | null;
  readonly firstFailedAt: number | null;
  readonly lastFailedAt: number | null;
  readonly error: { readonly class: string; readonly message: string };
  readonly consumer: string;
  readonly redriveCount: number;
  /** The body as a typed value; the stored payload is kept byte for byte. */
  readonly body: unknown;
}
