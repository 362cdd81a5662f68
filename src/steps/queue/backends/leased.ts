import type { Argument, CallOptions, Connection } from '../../../contracts/redis.js';
import type { QueueKeys } from '../keys.js';
import type { Content, Depths, Idle, Outcomes, Push, QueueBackend, Taken } from './backend.js';
import { APPEND, FIRST_DUE, NOW, TIME_LEFT } from './lua.js';
import { readDepths, readPairs, readSettled, readTaken } from './replies.js';
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
  /** `pop(count)`: takes out the payloads that are next and due, at most so many. */
  readonly pop: string;
  /** `first()`: the payload that is next, due or not, or false. */
  readonly first: string;
  /** How many payloads lie in the key and have no due time. */
  readonly ready: string;
  /** The sorted sets by due time. */
  readonly scheduled: '{delayed}' | '{delayed, main}';
}

/** ARGV: what makes an entry's id unique, milliseconds of the lease or `` for at-most-once, how many consumers ask. */
const take = ({ pop, scheduled }: Source) => `${NOW}${FIRST_DUE}${TIME_LEFT}${KEYS}${pop}
local asked, taken, stored, leased = tonumber(ARGV[3]), {}, {}, {}
local ends = ARGV[2] ~= '' and stamp(now + ARGV[2])
local function deliver(entry, deliveries, state, payload)
  deliveries = deliveries + 1
  taken[#taken + 1] = {payload, ends and entry or '', deliveries > 1 and deliveries or nil, state}
  if not ends then return redis.call('HDEL', entries, entry) end
  stored[#stored + 1], stored[#stored + 2] = entry, deliveries .. '\\n' .. state .. '\\n' .. payload
  leased[#leased + 1], leased[#leased + 2] = ends, deliveries .. '|' .. entry
end
local function deliver_due(key)
  while #taken < asked do
    local member = first_due(key)
    if not member then return end
    redis.call('ZREM', key, member)
    local entry = key == leases and string.match(member, '^%d+|(.*)$') or member
    deliver(entry, string.match(redis.call('HGET', entries, entry), '^(%d+)\\n([^\\n]*)\\n(.*)$'))
  end
end
deliver_due(delayed)
deliver_due(leases)
local unique = string.format('%d%06d-%s.', time[1], time[2], ARGV[1])
for _, payload in ipairs(#taken < asked and pop(asked - #taken) or {}) do deliver(unique .. #taken, 0, '', payload) end
if #stored > 0 then
  redis.call('HSET', entries, unpack(stored))
  redis.call('ZADD', leases, unpack(leased))
end
if #taken == asked then return {taken} end
local scheduled, waiting = ${scheduled}, 0
for _, key in ipairs(scheduled) do waiting = waiting + redis.call('ZCARD', key) end
return {taken, {redis.call('ZCARD', leases), waiting, time_left(leases, unpack(scheduled))}}
`;

/** `lasts(ends)`: a lease is there, and has not ended. */
const LASTS = `
local function lasts(ends) return ends and tonumber(ends) > now end
`;

/** `let_go()`: ends the lease ARGV[1] of the entry ARGV[2]; false if it has ended already. */
const LET_GO = `${LASTS}
local function let_go()
  return lasts(redis.call('ZSCORE', leases, ARGV[1])) and redis.call('ZREM', leases, ARGV[1]) == 1
end
`;

/** ARGV: leases, then the entry of each. */
const COMPLETE = `${NOW}${KEYS}${LASTS}
local count, settled, ended, done = #ARGV / 2, {}, {}, {}
for i, ends in ipairs(redis.call('ZMSCORE', leases, unpack(ARGV, 1, count))) do
  settled[i] = lasts(ends) and 1 or 0
  if lasts(ends) then ended[#ended + 1], done[#done + 1] = ARGV[i], ARGV[count + i] end
end
if #ended > 0 then
  redis.call('ZREM', leases, unpack(ended))
  redis.call('HDEL', entries, unpack(done))
end
return settled
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

  async take(
    connection: Connection,
    consumers: readonly string[],
    options: CallOptions,
  ): Promise<readonly (Taken | Idle)[]> {
    const args = [uniqueFor(connection), this.visibilityMs ?? '', consumers.length];
    return readTaken(await connection.script(this.#scripts.take, this.#keys, args, options), consumers);
  }

  async complete(connection: Connection, taken: readonly Taken[], options: CallOptions): Promise<readonly boolean[]> {
    const args = [...taken.map(leaseOf), ...taken.map(({ entry }) => entry)];
    return readSettled(await connection.script(COMPLETE, this.#keys, args, options));
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
    taken: Taken,
    args: readonly Argument[],
    options: CallOptions,
  ): Promise<boolean> {
    return (await connection.script(lua, keys, [leaseOf(taken), taken.entry, ...args], options)) === 1;
  }
}

/** Tells entries apart that two scripts make within one microsecond. */
let serial = 0;
const leaseOf = ({ deliveries, entry }: Taken): string => `${deliveries}|${entry}`;

const uniqueFor = (connection: Connection): string => `${connection.id}.${serial++}`;
