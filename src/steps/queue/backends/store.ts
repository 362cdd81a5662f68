import type { CallOptions, Connection, Reply } from '../../../contracts/redis.js';
import { ReplyError } from '../../../errors.js';
import { type Payload, payloadOf } from '../payload.js';
import type { BackendKind } from './backend.js';
import { APPEND, NOW, PAYLOAD_OF } from './lua.js';

/** A payload that lies in a queue's own key. */
export interface Stored {
  /** What takes it out again: a stream's entry id, or the payload itself. */
  readonly handle: Payload;
  readonly payload: Payload;
}

/** Entries read at once. */
export const PAGE = 500;

/** Whoever wants the first few must not pay for a full page. */
const FIRST_PAGE = 8;

/** From which end a queue is read. */
export type Order = 'oldest' | 'newest';

const WITH_PAYLOADS = `
for i, entry in ipairs(page) do page[i] = {entry[1], payload_of(entry[2])} end
return page`;

/** `page(from, count)`: payloads (of a stream pairs of id and payload) in this order; from a rank or after an id. */
const READ: Record<Order, Record<BackendKind, string>> = {
  oldest: {
    list: `
local last = -1 - ARGV[1]
local page, oldest_first = redis.call('LRANGE', KEYS[1], last - ARGV[2] + 1, last), {}
for i = #page, 1, -1 do oldest_first[#oldest_first + 1] = page[i] end
return oldest_first`,
    stream: `${PAYLOAD_OF}
local page = redis.call('XRANGE', KEYS[1], ARGV[1] == '0' and '-' or '(' .. ARGV[1], '+', 'COUNT', ARGV[2])
${WITH_PAYLOADS}`,
    delayed: "return redis.call('ZRANGE', KEYS[1], ARGV[1], ARGV[1] + ARGV[2] - 1)",
  },
  newest: {
    list: "return redis.call('LRANGE', KEYS[1], ARGV[1], ARGV[1] + ARGV[2] - 1)",
    stream: `${PAYLOAD_OF}
local page = redis.call('XREVRANGE', KEYS[1], ARGV[1] == '0' and '+' or '(' .. ARGV[1], '-', 'COUNT', ARGV[2])
${WITH_PAYLOADS}`,
    delayed: "return redis.call('ZREVRANGE', KEYS[1], ARGV[1], ARGV[1] + ARGV[2] - 1)",
  },
};

const LENGTH: Record<BackendKind, string> = { list: 'LLEN', stream: 'XLEN', delayed: 'ZCARD' };

/** `remove(key, handle)`: 1, or 0 if it was not there. LREM looks from the oldest on, where it usually is. */
const REMOVE: Record<BackendKind, string> = {
  list: "local function remove(key, handle) return redis.call('LREM', key, -1, handle) end",
  stream: "local function remove(key, handle) return redis.call('XDEL', key, handle) end",
  delayed: "local function remove(key, handle) return redis.call('ZREM', key, handle) end",
};

const removeAll = (kind: BackendKind) => `${REMOVE[kind]}
local removed = {}
for i, handle in ipairs(ARGV) do removed[i] = remove(KEYS[1], handle) end
return removed`;

const append = (kind: BackendKind) => `${NOW}${APPEND[kind]}
append(KEYS[1], ARGV[1])`;

const move = (from: BackendKind, to: BackendKind) => `${NOW}${REMOVE[from]}
${APPEND[to]}
if remove(KEYS[1], ARGV[1]) == 0 then return 0 end
append(KEYS[2], ARGV[2])
return 1`;

const KINDS: ReadonlyMap<Reply, BackendKind> = new Map([
  ['list', 'list'],
  ['stream', 'stream'],
  ['zset', 'delayed'],
]);

/** What kind of queue lies under a key; undefined for an empty one. Raises WRONGTYPE for a key that is no queue. */
export async function kindOf(
  connection: Connection,
  key: string,
  options: CallOptions,
): Promise<BackendKind | undefined> {
  const type = await connection.call(['TYPE', key], options);
  const kind = KINDS.get(type);
  if (kind === undefined && type !== 'none') {
    throw new ReplyError('WRONGTYPE', `${key} holds a ${type}, and a queue is a list, a stream or a sorted set`);
  }
  return kind;
}

/** A queue as one that keeps messages: what dead-letter actions do with it. */
export class Store {
  /** Messages that were taken out here, which whoever reads meanwhile need not skip. */
  #taken = 0;

  constructor(
    readonly kind: BackendKind,
    readonly key: string,
    private readonly connection: Connection,
    private readonly options: CallOptions,
  ) {}

  async length(): Promise<number> {
    return Number(await this.connection.call([LENGTH[this.kind], this.key], this.options));
  }

  /** What was there when it began. What was read may be taken out before the next is. */
  async *entries(order: Order = 'oldest'): AsyncGenerator<Stored> {
    const all = await this.length();
    const takenBefore = this.#taken;
    let last: Payload = '0';
    for (let read = 0, size = FIRST_PAGE; read < all; size = Math.min(2 * size, PAGE)) {
      const from = this.kind === 'stream' ? last : read - (this.#taken - takenBefore);
      const page = await this.connection.script(
        READ[order][this.kind],
        [this.key],
        [from, Math.min(size, all - read)],
        this.options,
      );
      if (!Array.isArray(page) || page.length === 0) return;
      for (const entry of page as readonly Reply[]) {
        const [handle, payload] = Array.isArray(entry) ? entry.map(payloadOf) : [payloadOf(entry), payloadOf(entry)];
        yield { handle: handle!, payload: payload! };
        last = handle!;
      }
      read += page.length;
    }
  }

  /** Takes these out at once; for each, whether it was still there. */
  async remove(handles: readonly Payload[]): Promise<readonly boolean[]> {
    const reply = await this.connection.script(removeAll(this.kind), [this.key], handles, this.options);
    const removed = Array.isArray(reply) ? reply.map((count) => count === 1) : [];
    this.#taken += removed.filter(Boolean).length;
    return removed;
  }

  /** Takes one out and puts a payload into another queue, at once. False if it is no longer there. */
  async move(handle: Payload, to: QueueKey, payload: Payload): Promise<boolean> {
    try {
      const lua = move(this.kind, to.kind);
      const moved = await this.connection.script(lua, [this.key, to.key], [handle, payload], this.options);
      if (moved === 1) this.#taken++;
      return moved === 1;
    } catch (error) {
      if (!(error instanceof ReplyError && error.code === 'CROSSSLOT')) throw error;
      // Two slots of a cluster: it is put there first, so that a death in between leaves it twice rather than nowhere.
      await this.connection.script(append(to.kind), [to.key], [payload], this.options);
      const [removed = false] = await this.remove([handle]);
      return removed;
    }
  }
}

export interface QueueKey {
  readonly kind: BackendKind;
  readonly key: string;
}
