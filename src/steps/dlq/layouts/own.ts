import type { BackendKind } from '../../queue/backends/backend.js';
import { kindOf, type Order, type QueueKey, Store } from '../../queue/backends/store.js';
import { decodeLetter, isLetter } from '../../queue/dead-letter.js';
import { decodeMessage, encodeMessage } from '../../queue/envelope.js';
import type { Access, DeadQueue, Found, Layout } from './layout.js';

/** Dead letters of `queue.work`, and what other programs put into a queue of this kind by hand. */
const own = (name: BackendKind, type: Layout['type']): Layout => ({
  name,
  type,
  nameOf: (queue) => queue,
  async claims(key, access) {
    if (SAYS_SO.test(key)) return true;
    for await (const { payload } of new Store(name, key, access.connection, access.options).entries('newest')) {
      return isLetter(payload);
    }
    return false;
  },
  open: (key, access) => new OwnQueue(name, key, access),
});

/** `my_dlq`, `orders:dead`, `deadletters`: nobody calls another thing so. */
const SAYS_SO = /(?:^|[^a-z])(?:dlq|dead(?:[-_. ]?letters?)?|failed|poison)(?:[^a-z]|$)/i;

export const list = own('list', 'list');
export const stream = own('stream', 'stream');
export const delayed = own('delayed', 'zset');

class OwnQueue implements DeadQueue {
  readonly #store: Store;
  readonly #kinds = new Map<string, BackendKind>();

  constructor(
    readonly layout: BackendKind,
    readonly key: string,
    private readonly access: Access,
  ) {
    this.#store = new Store(layout, key, access.connection, access.options);
  }

  length(): Promise<number> {
    return this.#store.length();
  }

  async *entries(order?: Order): AsyncGenerator<Found> {
    for await (const { handle, payload } of this.#store.entries(order)) {
      const { letter, message } = decodeLetter(payload);
      yield { handle, letter, message, payload: decodeMessage(message).body, details: {} };
    }
  }

  destination({ letter }: Found, to: string | undefined): string {
    return to ?? letter.originalQueue;
  }

  /** A body that lies alone has no place for a count: it stays as it is. */
  async redrive({ handle, letter, message }: Found, queue: string): Promise<boolean> {
    const { envelope, body } = decodeMessage(message);
    const payload = envelope ? encodeMessage({ ...envelope, redriveCount: letter.redriveCount + 1 }, body) : body;
    return await this.#store.move(handle, await this.#queueKey(queue), payload);
  }

  remove(found: readonly Found[]): Promise<readonly boolean[]> {
    return this.#store.remove(found.map(({ handle }) => handle));
  }

  /** A queue that has nothing in it yet is of the same kind as the dead-letter queue. */
  async #queueKey(queue: string): Promise<QueueKey> {
    const key = this.access.keyOf(queue);
    const kind =
      this.#kinds.get(queue) ?? (await kindOf(this.access.connection, key, this.access.options)) ?? this.layout;
    this.#kinds.set(queue, kind);
    return { key, kind };
  }
}
