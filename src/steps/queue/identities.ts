import { createHash } from 'node:crypto';
import type { BoundExpression } from '../../contracts/fields.js';
import { ExpressionError } from '../../errors.js';
import { bodyValue, type Payload } from './payload.js';

/** What is known of a message whose body lies alone in its queue. */
export interface Identity {
  readonly id: string;
  readonly sequence: number;
  readonly key: string | null;
  /** Null for a message of another program. */
  readonly enqueuedAt: number | null;
  readonly deliverAt: number | null;
  readonly redriveCount: number;
}

/**
 * Names messages that carry no name. By `identity`, or by content and a counter: of several with equal content the one
 * that was pushed first is taken to be delivered first. As long as an entry is delivered and retried it keeps its name.
 */
export class Identities {
  #identity: BoundExpression | undefined;
  #sequence = 0;
  readonly #counts = new Map<string, number>();
  readonly #waiting = new Map<string, Identity[]>();
  readonly #byEntry = new Map<string, Identity>();
  readonly #buried = new Map<string, Identity>();

  /** What names a message by the expression; undefined without one, or where it can't be evaluated on this body. */
  nameByExpression(body: Payload): string | undefined {
    try {
      return this.#identity && String(this.#identity.evaluate({ message: { body: bodyValue(body) } }));
    } catch (error) {
      if (error instanceof ExpressionError) return undefined;
      throw error;
    }
  }

  /** The expression over `message.body` that names a message from now on. */
  nameBy(identity: BoundExpression): void {
    this.#identity = identity;
  }

  nameOf(body: Payload): string {
    if (this.#identity) return String(this.#identity.evaluate({ message: { body: bodyValue(body) } }));
    const content = contentOf(body);
    const count = this.#counts.get(content) ?? 0;
    this.#counts.set(content, count + 1);
    return `${content}-${count}`;
  }

  /** It is about to be in the queue. */
  expect(body: Payload, identity: Identity): void {
    const content = contentOf(body);
    const waiting = this.#waiting.get(content);
    if (waiting) waiting.push(identity);
    else this.#waiting.set(content, [identity]);
  }

  /** It never came to be in the queue. */
  forget(body: Payload, { id }: Identity): void {
    const waiting = this.#waiting.get(contentOf(body)) ?? [];
    const index = waiting.findIndex((one) => one.id === id);
    if (index >= 0) waiting.splice(index, 1);
  }

  /** Names what lies in the queue without taking it for delivered; the oldest of equal content must come first. */
  namesWaiting(): (body: Payload, entry: string) => string {
    const seen = new Map<string, number>();
    return (body, entry) => {
      const known = this.#byEntry.get(entry);
      if (known) return known.id;
      const content = contentOf(body);
      const rank = seen.get(content) ?? 0;
      seen.set(content, rank + 1);
      return (
        this.#waiting.get(content)?.[rank]?.id ?? (this.#identity ? this.nameOf(body) : `${content}-unknown${rank}`)
      );
    };
  }

  /** Who was delivered; `entry` is empty where nothing of it is kept on the server. */
  recognize(body: Payload, entry: string): Identity {
    const known = this.#byEntry.get(entry);
    if (known) return known;
    const identity = this.#waiting.get(contentOf(body))?.shift() ?? this.#meet(body);
    if (entry !== '') this.#byEntry.set(entry, identity);
    return identity;
  }

  /** The entry is no longer on the server. */
  settle(entry: string): void {
    this.#byEntry.delete(entry);
  }

  /** It became a dead letter, which may come back. */
  bury(identity: Identity): void {
    this.#buried.set(identity.id, identity);
  }

  /** Undefined for a message that was not buried in this case. */
  buried(id: string): Identity | undefined {
    return this.#buried.get(id);
  }

  #meet(body: Payload): Identity {
    const id = this.nameOf(body);
    return { id, sequence: this.#sequence++, key: null, enqueuedAt: null, deliverAt: null, redriveCount: 0 };
  }
}

/** Names content in an id; 64 bits of SHA-256 are enough to tell a case's messages apart. */
export const contentOf = (body: Payload): string => createHash('sha256').update(body).digest('hex').slice(0, 16);
