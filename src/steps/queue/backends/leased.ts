import type { Argument, CallOptions, Connection } from '../../../contracts/redis.js';
import type { QueueKeys } from '../keys.js';
import type { Content, Depths, Outcomes, Push, QueueBackend, Taken, Turn } from './backend.js';
import { APPEND, FIRST_DUE, NOW, TIME_LEFT } from './lua.js';
import { readDepths, readPairs, readTurn } from './replies.js';
import { PAGE, Store } from './store.js';

/**
 * What is not in the queue's own key is in a hash, `<state>\n<payload>` by the name `<deliveries>|<entry>`, which is a
 * member of one of two sorted sets too: of leases by their end, or of what is delayed by its due time. Each delivery has
 * a name of its own: an acknowledgement is one ZREM and one HDEL, however many messages are in flight (LREM on a
 * processing list would be O(n)), and one of an ended lease finds nothing to remove.
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

/** `lasts(ends)`: a lease is there, and has not ended. */
const LASTS = `
local function lasts(ends) return ends and tonumber(ends) > now end
`;

/**
 * ARGV: what makes an entry's id unique, milliseconds of the lease or `` for at-most-once, how many consumers ask, then
 * the leases that are done with. The entries of what is delivered for the first time are `<unique>1`, `<unique>2`, ….
 */
const settleAndTake = ({ pop, scheduled }: Source) => `${NOW}${KEYS}${LASTS}
local asked, lost = tonumber(ARGV[3]), {}
if #ARGV > 3 then
  local done = {}
  for i, ends in ipairs(redis.call('ZMSCORE', leases, unpack(ARGV, 4))) do
    if lasts(ends) then done[#done + 1] = ARGV[3 + i] else lost[#lost + 1] = i end
  end
  if #done > 0 then
    redis.call('ZREM', leases, unpack(done))
    redis.call('HDEL', entries, unpack(done))
  end
end
if asked == 0 then return {lost} end
${FIRST_DUE}${TIME_LEFT}${pop}
local again, stored, leased = {}, {}, {}
local ends = ARGV[2] ~= '' and string.format('%d', math.ceil(now + ARGV[2]))
local function lease(name, value)
  stored[#stored + 1], stored[#stored + 2] = name, value
  leased[#leased + 1], leased[#leased + 2] = ends, name
end
local function deliver_due(key)
  while #again < asked do
    local name = first_due(key)
    if not name then return end
    local value = redis.call('HGET', entries, name)
    redis.call('ZREM', key, name)
    redis.call('HDEL', entries, name)
    local deliveries, entry = string.match(name, '^(%d+)|(.*)$')
    local state, payload = string.match(value, '^([^\\n]*)\\n(.*)$')
    deliveries = deliveries + 1
    again[#again + 1] = {payload, ends and entry or '', deliveries, state}
    if ends then lease(deliveries .. '|' .. entry, value) end
  end
end
deliver_due(delayed)
deliver_due(leases)
local unique = ends and string.format('%d%06d-%s.', time[1], time[2], ARGV[1]) or ''
local fresh = #again < asked and pop(asked - #again) or {}
if ends then
  local first = '1|' .. unique
  for i, payload in ipairs(fresh) do lease(first .. i, '\\n' .. payload) end
  if #stored > 0 then
    redis.call('HSET', entries, unpack(stored))
    redis.call('ZADD', leases, unpack(leased))
  end
end
if #again + #fresh == asked then return {lost, again, unique, fresh} end
local scheduled, waiting = ${scheduled}, 0
for _, key in ipairs(scheduled) do waiting = waiting + redis.call('ZCARD', key) end
return {lost, again, unique, fresh, {redis.call('ZCARD', leases), waiting, time_left(leases, unpack(scheduled))}}
`;

/** `let_go()`: takes out the delivery ARGV[1], and gives its state and payload; nil if its lease has ended already. */
const LET_GO = `${LASTS}
local function let_go()
  if not lasts(redis.call('ZSCORE', leases, ARGV[1])) then return end
  local value = redis.call('HGET', entries, ARGV[1])
  redis.call('ZREM', leases, ARGV[1])
  redis.call('HDEL', entries, ARGV[1])
  return string.match(value, '^([^\\n]*)\\n(.*)$')
end
`;

/** ARGV[2]: the delay, ARGV[3]: the state. */
const RETRY = `${NOW}${KEYS}${LET_GO}
local _, payload = let_go()
if not payload then return 0 end
redis.call('HSET', entries, ARGV[1], ARGV[3] .. '\\n' .. payload)
redis.call('ZADD', delayed, stamp(now + ARGV[2]), ARGV[1])
return 1
`;

/** KEYS[5]: the dead-letter queue, ARGV[2]: the line before the payload. */
const deadLetter = (kind: Source['kind']) => `${NOW}${KEYS}${LET_GO}${APPEND[kind]}
local _, payload = let_go()
if not payload then return 0 end
append(KEYS[5], ARGV[2] .. payload)
return 1
`;

/** ARGV: the payload, the delay, what makes the entry's id unique. */
const PUSH_LATER = `${NOW}${KEYS}
local name = string.format('0|%d%06d-%s', time[1], time[2], ARGV[3])
redis.call('HSET', entries, name, '\\n' .. ARGV[1])
redis.call('ZADD', delayed, stamp(now + ARGV[2]), name)
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
  local name = redis.call('ZRANGE', key, 0, 0)[1]
  if name then heads[#heads + 1] = string.match(redis.call('HGET', entries, name), '\\n(.*)$') end
end
return {ready, in_flight, waiting, heads}
`;

/** KEYS: leases or delayed entries, the hash of entries. ARGV: ranks. Pairs of an entry and its payload. */
const PAGE_BESIDE = `
local page = redis.call('ZRANGE', KEYS[1], ARGV[1], ARGV[2])
for i, name in ipairs(page) do
  page[i] = {string.match(name, '|(.*)$'), string.match(redis.call('HGET', KEYS[2], name), '\\n(.*)$')}
end
return page
`;

/** A queue whose consumers hold leases: at-least-once, or at-most-once without. */
export abstract class LeasedBackend implements QueueBackend {
  readonly kind: Source['kind'];
  readonly #keys: readonly string[];
  readonly #scripts: { readonly settleAndTake: string; readonly deadLetter: string; readonly inspect: string };

  protected readonly main: string;

  protected constructor(
    source: Source,
    keys: QueueKeys,
    protected readonly visibilityMs: number | null,
  ) {
    this.kind = source.kind;
    this.main = keys.main;
    this.#keys = [keys.main, keys.beside('entries'), keys.beside('leases'), keys.beside('delayed')];
    this.#scripts = {
      settleAndTake: settleAndTake(source),
      deadLetter: deadLetter(source.kind),
      inspect: inspect(source),
    };
  }

  async prepare(): Promise<void> {}

  abstract push(connection: Connection, messages: readonly Push[], options: CallOptions): Promise<Outcomes>;

  protected async pushLater(connection: Connection, { payload, delayMs }: Push, options: CallOptions): Promise<void> {
    await connection.script(PUSH_LATER, this.#keys, [payload, delayMs, uniqueFor(connection)], options);
  }

  async settleAndTake(
    connection: Connection,
    done: readonly Taken[],
    consumers: readonly string[],
    options: CallOptions,
  ): Promise<Turn> {
    const args = [uniqueFor(connection), this.visibilityMs ?? '', consumers.length, ...done.map(nameOf)];
    const reply = await connection.script(this.#scripts.settleAndTake, this.#keys, args, options);
    return readTurn(reply, done.length, consumers);
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
    return (await connection.script(lua, keys, [nameOf(taken), ...args], options)) === 1;
  }
}

/** Tells entries apart that two scripts make within one microsecond. */
let serial = 0;
const nameOf = ({ deliveries, entry }: Taken): string => `${deliveries}|${entry}`;

const uniqueFor = (connection: Connection): string => `${connection.id}.${serial++}`;
