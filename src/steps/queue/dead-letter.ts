import type { DeadLetter } from '../../contracts/message.js';
import type { CallOptions, Connection } from '../../contracts/redis.js';
import { ReplyError } from '../../errors.js';
import type { QueueBackend, Taken } from './backends/backend.js';
import { decodeMessage } from './envelope.js';
import { contentOf } from './identities.js';
import type { QueueKeys } from './keys.js';
import { bodyValue, frameLine, type Payload, unframe } from './payload.js';
import type { Progress } from './progress.js';
import type { Held } from './work-log.js';

const MARK = 'redrill:dead-letter';

/** All of a dead letter but its body. */
export type LetterHeader = Omit<DeadLetter, 'body'>;

/** A dead letter as it lies in its queue. */
export interface StoredLetter {
  readonly letter: DeadLetter;
  /** What lay in the queue that it failed in. */
  readonly message: Payload;
}

/** What a worker writes of a message that it gives up. */
export function letterHeader(
  { message, taken, redriveCount }: Held,
  about: { readonly queue: string; readonly maxDeliveries: number; readonly consumer: string; readonly now: number },
  reason: 'attempts' | 'deliveries',
  progress: Progress | undefined,
): LetterHeader {
  return {
    id: message.id,
    originalQueue: about.queue,
    reason,
    attempts: progress?.attempts ?? 0,
    // A delivery beyond the limit was not handed to the handler.
    deliveries: Math.min(taken.deliveries, about.maxDeliveries),
    firstEnqueuedAt: message.enqueuedAt,
    firstFailedAt: progress?.firstFailedAt ?? about.now,
    lastFailedAt: progress?.lastFailedAt ?? about.now,
    error: progress?.error ?? { class: 'DeliveryLimit', message: 'delivered too often without being acknowledged' },
    consumer: about.consumer,
    redriveCount,
  };
}

/** The line of JSON that goes before a message that is given up; the message stays as it was, byte for byte. */
export const letterLine = (header: LetterHeader): string => frameLine(MARK, { ...header });

/** Whether a queue of ours gave it up, rather than that another program put it there. */
export const isLetter = (payload: Payload): boolean => unframe(MARK, payload) !== undefined;

/** Reads what lies in a dead-letter queue, whoever put it there. */
export function decodeLetter(payload: Payload): StoredLetter {
  const framed = unframe(MARK, payload);
  const message = framed?.rest ?? payload;
  const { envelope, body } = decodeMessage(message);
  const unknown: DeadLetter = {
    id: envelope?.id ?? contentOf(body),
    originalQueue: '',
    reason: 'unknown',
    attempts: 0,
    deliveries: 0,
    firstEnqueuedAt: envelope?.enqueuedAt ?? null,
    firstFailedAt: null,
    lastFailedAt: null,
    error: { class: 'unknown', message: '' },
    consumer: '',
    redriveCount: envelope?.redriveCount ?? 0,
    body: bodyValue(body),
  };
  return { letter: framed ? withHeader(unknown, framed.header) : unknown, message };
}

/** Takes from a header what is of the right type, so that one that somebody changed is still a dead letter. */
function withHeader(letter: DeadLetter, header: Readonly<Record<string, unknown>>): DeadLetter {
  const text = (name: 'id' | 'originalQueue' | 'reason' | 'consumer') => {
    const value = header[name];
    return typeof value === 'string' ? value : letter[name];
  };
  const number = <T>(name: keyof LetterHeader, fallback: T): number | T => {
    const value = header[name];
    return typeof value === 'number' ? value : fallback;
  };
  return {
    id: text('id'),
    originalQueue: text('originalQueue'),
    reason: text('reason'),
    attempts: number('attempts', 0),
    deliveries: number('deliveries', 0),
    firstEnqueuedAt: number('firstEnqueuedAt', letter.firstEnqueuedAt),
    firstFailedAt: number('firstFailedAt', null),
    lastFailedAt: number('lastFailedAt', null),
    error: readError(header.error) ?? letter.error,
    consumer: text('consumer'),
    redriveCount: number('redriveCount', letter.redriveCount),
    body: letter.body,
  };
}

export function readError(error: unknown): { readonly class: string; readonly message: string } | undefined {
  if (typeof error !== 'object' || error === null || !('class' in error) || !('message' in error)) return undefined;
  return { class: String(error.class), message: String(error.message) };
}

/** The two queues of a dead letter, of one kind. */
export interface DeadLetterRoute {
  readonly queue: QueueBackend;
  readonly dead: QueueBackend;
  readonly keys: QueueKeys;
}

/**
 * Moves a message to its dead-letter queue; false if its lease has ended.
 * In one script, but for two cases where the letter is written first, so that a death in between leaves two letters of
 * the same id rather than none: at-most-once, where the message lies nowhere but here, and a cluster that has the two
 * queues in different slots.
 */
export async function bury(
  connection: Connection,
  { queue, dead, keys }: DeadLetterRoute,
  taken: Taken,
  header: LetterHeader,
  options: CallOptions,
): Promise<boolean> {
  const line = letterLine(header);
  if (taken.entry !== '') {
    try {
      return await queue.deadLetter(connection, taken, keys.main, line, options);
    } catch (error) {
      if (!(error instanceof ReplyError && error.code === 'CROSSSLOT')) throw error;
    }
  }
  const rest = taken.payload;
  const payload = typeof rest === 'string' ? line + rest : Buffer.concat([Buffer.from(line), rest]);
  const [outcome] = await dead.push(connection, [{ payload, delayMs: 0 }], options);
  if (outcome) throw outcome;
  if (taken.entry === '') return true;
  const { settled } = await queue.settleAndTake(connection, [taken], [], options);
  return settled[0]!;
}
