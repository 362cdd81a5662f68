import type { Argument, CallOptions, Connection } from '../../../contracts/redis.js';
import type { QueueKeys } from '../keys.js';
import type { Content, Depths, Idle, Outcomes, Push, QueueBackend, Taken } from './backend.js';
import { APPEND, FIRST_DUE, NOW, TIME_LEFT } from './lua.js';
import { readDepths, readPairs, readTake } from './replies.js';
import { PAGE, Store } from './store.js';

/**
 * What is not in the queue's own key is an entry of a hash, `<deliveries>\n<state>\n<payload>`, and a member of one of
 * two sorted sets: of leases, `<deliveries>|<entry>` by the end of the lease, or of delayed entries by their due time.
 * An acknowledgement is then one ZREM and one HDEL, however many messages are in flight (LREM on a processing list
 * would be O(n)), and one of an ended lease finds nothing to remove.
 */
const KEYS = 'local main, entries, leases, delayed = KEYS[1], KEYS[2], KEYS[3], KEYS[4]\n';

/** The Lua of a kind of queue's own key. */
export interface Source {
  readonly kind: 'list' | 'delayed';
  /** `pop()`: takes out the payload that is next and due, or gives false. */
  readonly pop: string;
  /** `first()`: the payload that is next, due or not, or false. */
  readonly first: string;
  /** How many payloads lie in the key and have no due time. */
  readonly ready: string;
  /** The sorted sets by due time. */
  readonly scheduled: '{delayed}' | '{delayed, main}';
}

/** ARGV: what makes an entry's id unique, milliseconds of the lease or `` for at-most-once. */
const take = ({ pop, scheduled }: Source) => `${NOW}${FIRST_DUE}${TIME_LEFT}${KEYS}${pop}
local entry, deliveries, state, payload
local due = first_due(delayed)
local ended = not due and first_due(leases)
if due then
  redis.call('ZREM', delayed, due)
  entry = due
elseif ended then
  redis.call('ZREM', leases, ended)
  entry = string.match(ended, '^%d+|(.*)$')
end
if entry then
  deliveries, state, payload = string.match(redis.call('HGET', entries, entry), '^(%d+)\\n([^\\n]*)\\n(.*)$')
else
  payload = pop()
  if not payload then
    local scheduled, waiting = ${scheduled}, 0
    for _, key in ipairs(scheduled) do waiting = waiting + redis.call('ZCARD', key) end
    return {0, redis.call('ZCARD', leases), waiting, time_left(leases, unpack(scheduled))}
  end
  entry, deliveries, state = string.format('%d%06d-%s', time[1], time[2], ARGV[1]), 0, ''
end
deliveries = deliveries + 1
if ARGV[2] == '' then
  redis.call('HDEL', entries, entry)
  return {1, payload, deliveries, state, ''}
end
redis.call('HSET', entries, entry, deliveries .. '\\n' .. state .. '\\n' .. payload)
redis.call('ZADD', leases, stamp(now + ARGV[2]), deliveries .. '|' .. entry)
return {1, payload, deliveries, state, entry}
`;

/** `let_go()`: ends the lease ARGV[1] of the entry ARGV[2]; false if it has ended already. */
const LET_GO = `
local function let_go()
  local ends = redis.call('ZSCORE', leases, ARGV[1])
  return ends and tonumber(ends) > now and redis.call('ZREM', leases, ARGV[1]) == 1
end
`;

const COMPLETE = `${NOW}${KEYS}${LET_GO}
if not let_go() then return 0 end
redis.call('HDEL', entries, ARGV[2])
return 1
`;

/** ARGV[3]: the delay, ARGV[4]: the state. */
const RETRY = `${NOW}${KEYS}${LET_GO}
if not let_go() then return 0 end
local deliveries, payload = string.match(redis.call('HGET', entries, ARGV[2]), '^(%d+)\\n[^\\n]*\\n(.*)$')
redis.call('HSET', entries, ARGV[2], deliveries .. '\\n' .. ARGV[4] .. '\\n' .. payload)
redis.call('ZADD', delayed, stamp(now + ARGV[3]), ARGV[2])
return 1
`;

/** KEYS[5]: the dead-letter queue, ARGV[3]: the line before the payload. */
const deadLetter = (kind: Source['kind']) => `${NOW}${KEYS}${LET_GO}${APPEND[kind]}
if not let_go() then return 0 end
append(KEYS[5], ARGV[3] .. string.match(redis.call('HGET', entries, ARGV[2]), '^%d+\\n[^\\n]*\\n(.*)$'))
redis.call('HDEL', entries, ARGV[2])
return 1
`;

/** ARGV: the payload, the delay, what makes the entry's id unique. */
const PUSH_LATER = `${NOW}${KEYS}
local entry = string.format('%d%06d-%s', time[1], time[2], ARGV[3])
redis.call('HSET', entries, entry, '0\\n\\n' .. ARGV[1])
redis.call('ZADD', delayed, stamp(now + ARGV[2]), entry)
`;

const inspect = ({ first, ready, scheduled }: Source) => `${NOW}${KEYS}${first}
local function later(key) return redis.call('ZCOUNT', key, '(' .. stamp(now), '+inf') end
local in_flight, waiting = later(leases), 0
local ready = ${ready} + redis.call('ZCARD', leases) - in_flight
for _, key in ipairs(${scheduled}) do
  waiting = waiting + later(key)
  ready = ready + redis.call('ZCARD', key) - later(key)
end
local heads = {first() or nil}
for _, key in ipairs({leases, delayed}) do
  local member = redis.call('ZRANGE', key, 0, 0)[1]
  if member then
    local entry = key == leases and string.match(member, '^%d+|(.*)$') or member
    heads[#heads + 1] = string.match(redis.call('HGET', entries, entry), '^%d+\\n[^\\n]*\\n(.*)$')
  end
end
return {ready, in_flight, waiting, heads}
`;

/** KEYS: leases or delayed entries, the hash of entries. ARGV: ranks. Pairs of an entry and its payload. */
const PAGE_BESIDE = `
local page = redis.call('ZRANGE', KEYS[1], ARGV[1], ARGV[2])
for i, member in ipairs(page) do
  local entry = string.match(member, '^%d+|(.*)$') or member
  page[i] = {entry, string.match(redis.call('HGET', KEYS[2], entry), '^%d+\\n[^\\n]*\\n(.*)$')}
end
return page
`;

/** A queue whose consumers hold leases: at-least-once, or at-most-once without. */
export abstract class LeasedBackend implements QueueBackend {
  readonly kind: Source['kind'];
  readonly #keys: readonly string[];
  readonly #scripts: { readonly take: string; readonly deadLetter: string; readonly inspect: string };

  protected readonly main: string;

  protected constructor(
    source: Source,
    keys: QueueKeys,
    protected readonly visibilityMs: number | null,
  ) {
    this.kind = source.kind;
    this.main = keys.main;
    this.#keys = [keys.main, keys.beside('entries'), keys.beside('leases'), keys.beside('delayed')];
    this.#scripts = { take: take(source), deadLetter: deadLetter(source.kind), inspect: inspect(source) };
  }

  async prepare(): Promise<void> {}

  abstract push(connection: Connection, messages: readonly Push[], options: CallOptions): Promise<Outcomes>;

  protected async pushLater(connection: Connection, { payload, delayMs }: Push, options: CallOptions): Promise<void> {
    await connection.script(PUSH_LATER, this.#keys, [payload, delayMs, uniqueFor(connection)], options);
  }

  async take(connection: Connection, consumer: string, options: CallOptions): Promise<Taken | Idle> {
    const args = [uniqueFor(connection), this.visibilityMs ?? ''];
    return readTake(await connection.script(this.#scripts.take, this.#keys, args, options), consumer);
  }

  complete(connection: Connection, taken: Taken, options: CallOptions): Promise<boolean> {
    return this.#settle(connection, COMPLETE, this.#keys, taken, [], options);
  }

  retry(connection: Connection, taken: Taken, delayMs: number, state: string, options: CallOptions): Promise<boolean> {
    return this.#settle(connection, RETRY, this.#keys, taken, [delayMs, state], options);
  }

  deadLetter(connection: Connection, taken: Taken, key: string, line: string, options: CallOptions): Promise<boolean> {
    return this.#settle(connection, this.#scripts.deadLetter, [...this.#keys, key], taken, [line], options);
  }

  async inspect(connection: Connection, options: CallOptions): Promise<Depths> {
    return readDepths(await connection.script(this.#scripts.inspect, this.#keys, [], options));
  }

  async *contents(connection: Connection, options: CallOptions): AsyncGenerator<Content> {
    const [, entries, leases, delayed] = this.#keys;
    for await (const { payload } of new Store(this.kind, this.main, connection, options).entries()) {
      yield { place: 'queued', payload, entry: '' };
    }
    for (const [key, place] of [
      [delayed!, 'queued'],
      [leases!, 'inFlight'],
    ] as const) {
      for (let rank = 0; ; rank += PAGE) {
        const page = await connection.script(PAGE_BESIDE, [key, entries!], [rank, rank + PAGE - 1], options);
        const pairs = readPairs(page);
        for (const [entry, payload] of pairs) yield { place, payload: payload!, entry: String(entry) };
        if (pairs.length < PAGE) break;
      }
    }
  }

  async #settle(
    connection: Connection,
    lua: string,
    keys: readonly string[],
    { deliveries, entry }: Taken,
    args: readonly Argument[],
    options: CallOptions,
  ): Promise<boolean> {
    return (await connection.script(lua, keys, [`${deliveries}|${entry}`, entry, ...args], options)) === 1;
  }
}

/** Tells entries apart that two scripts make within one microsecond. */
let serial = 0;
const uniqueFor = (connection: Connection): string => `${connection.id}.${serial++}`;
