import type { Argument, CallOptions, Connection } from '../../../contracts/redis.js';
import { ReplyError } from '../../../errors.js';
import type { QueueKeys } from '../keys.js';
import {
  type ConsumerOptions,
  type Depths,
  type Idle,
  isTaken,
  type Outcomes,
  type Push,
  type QueueBackend,
  type Taken,
} from './backend.js';
import { APPEND, FIRST_DUE, NOW, PAYLOAD_OF, TIME_LEFT } from './lua.js';
import { errorOf, outcomeOf, outcomesOf, readDepths, readTake } from './replies.js';

/**
 * The payload of an entry is its field `message`. A message that waits for its retry stays pending, so that it keeps
 * its entry id and its delivery count, and no other group sees it twice: `retries` has its due time, `states` what was
 * kept with it. A push with a delay is in `delayed` and `payloads` until it is due.
 */
const KEYS = `
local stream, retries, states, delayed, payloads = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local group = ARGV[1]
`;

/** `alone()`: no other group reads the stream. Then what is done with is deleted, and the stream holds what is not. */
const FORGET = `
local function alone() return #redis.call('XINFO', 'GROUPS', stream) == 1 end
local function forget(id)
  redis.call('XACK', stream, group, id)
  redis.call('HDEL', states, id)
  if alone() then redis.call('XDEL', stream, id) end
end
`;

/** ARGV: group, consumer, milliseconds of visibility or `` for at-most-once, `1` to look for ended leases. */
const TAKE = `${NOW}${FIRST_DUE}${TIME_LEFT}${PAYLOAD_OF}${KEYS}${FORGET}${APPEND.stream}
local consumer, visibility = ARGV[2], tonumber(ARGV[3])
local function deliver(id, fields, deliveries)
  local state = redis.call('HGET', states, id) or ''
  if visibility then return {1, payload_of(fields), deliveries, state, id} end
  forget(id)
  return {1, payload_of(fields), deliveries, state, ''}
end
local function claim(id)
  local claimed = redis.call('XCLAIM', stream, group, consumer, 0, id)[1]
  if claimed then
    return deliver(id, claimed[2], redis.call('XPENDING', stream, group, id, id, 1)[1][4])
  end
  redis.call('HDEL', states, id)
end

local due = first_due(delayed)
while due do
  append(stream, redis.call('HGET', payloads, due))
  redis.call('HDEL', payloads, due)
  redis.call('ZREM', delayed, due)
  due = first_due(delayed)
end

due = first_due(retries)
while due do
  redis.call('ZREM', retries, due)
  local found = claim(due)
  if found then return found end
  due = first_due(retries)
end

if visibility and ARGV[4] == '1' then
  local cursor = '0-0'
  repeat
    local page = redis.call('XAUTOCLAIM', stream, group, consumer, visibility, cursor, 'COUNT', 1, 'JUSTID')
    cursor = page[1]
    for _, id in ipairs(page[2]) do
      local found = not redis.call('ZSCORE', retries, id) and claim(id)
      if found then return found end
    end
  until cursor == '0-0'
end

local read = redis.call('XREADGROUP', 'GROUP', group, consumer, 'COUNT', 1, 'STREAMS', stream, '>')
if read then return deliver(read[1][2][1][1], read[1][2][1][2], 1) end

local waiting, position = redis.call('ZCARD', retries), ''
local info = redis.call('XINFO', 'STREAM', stream)
for i = 1, #info, 2 do
  if info[i] == 'last-generated-id' then position = info[i + 1] end
end
return {
  0,
  redis.call('XPENDING', stream, group)[1] - waiting,
  waiting + redis.call('ZCARD', delayed),
  time_left(retries, delayed),
  position,
}
`;

/** `holds()`: the delivery ARGV[5] of the entry ARGV[4] is still in the hands of its consumer ARGV[2]. */
const HOLDS = `
local function holds()
  local pending = redis.call('XPENDING', stream, group, ARGV[4], ARGV[4], 1, ARGV[2])[1]
  return pending and pending[3] < tonumber(ARGV[3]) and pending[4] == tonumber(ARGV[5])
    and not redis.call('ZSCORE', retries, ARGV[4])
end
`;

const COMPLETE = `${KEYS}${FORGET}${HOLDS}
if not holds() then return 0 end
forget(ARGV[4])
return 1
`;

/** ARGV[6]: the delay, ARGV[7]: the state. */
const RETRY = `${NOW}${KEYS}${HOLDS}
if not holds() then return 0 end
redis.call('HSET', states, ARGV[4], ARGV[7])
redis.call('ZADD', retries, stamp(now + ARGV[6]), ARGV[4])
return 1
`;

/** KEYS[6]: the dead-letter queue, ARGV[6]: the line before the payload. */
const DEAD_LETTER = `${PAYLOAD_OF}${KEYS}${FORGET}${HOLDS}${APPEND.stream}
if not holds() then return 0 end
append(KEYS[6], ARGV[6] .. payload_of(redis.call('XRANGE', stream, ARGV[4], ARGV[4])[1][2]))
forget(ARGV[4])
return 1
`;

/** ARGV: the payload, the delay, what makes the entry's name unique. */
const PUSH_LATER = `${NOW}${KEYS}
local entry = string.format('%d%06d-%s', time[1], time[2], ARGV[3])
redis.call('HSET', payloads, entry, ARGV[1])
redis.call('ZADD', delayed, stamp(now + ARGV[2]), entry)
`;

/**
 * Entries up to the last one delivered are counted one by one: few, as what is done with is deleted. XINFO's lag is
 * null after deletions. Where only one group is there it is the one, whatever its name.
 */
const INSPECT = `${NOW}${PAYLOAD_OF}${KEYS}
local function later(key) return redis.call('ZCOUNT', key, '(' .. stamp(now), '+inf') end
local heads, length, last = {}, redis.call('XLEN', stream), nil
local groups = redis.call('EXISTS', stream) == 1 and redis.call('XINFO', 'GROUPS', stream) or {}
for _, info in ipairs(groups) do
  local facts = {}
  for i = 1, #info, 2 do facts[info[i]] = info[i + 1] end
  if facts.name == group or #groups == 1 then group, last = facts.name, facts['last-delivered-id'] end
end
local first = redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)[1]
if first then heads[1] = payload_of(first[2]) end
local head = redis.call('ZRANGE', delayed, 0, 0)[1]
if head then heads[#heads + 1] = redis.call('HGET', payloads, head) end

local due = redis.call('ZCARD', delayed) - later(delayed)
if not last then return {length + due, 0, later(delayed), heads} end
local delivered, from = 0, '-'
repeat
  local page = redis.call('XRANGE', stream, from, last, 'COUNT', 1000)
  delivered = delivered + #page
  from = #page > 0 and '(' .. page[#page][1]
until #page < 1000
local waiting = redis.call('ZCARD', retries)
local in_flight = redis.call('XPENDING', stream, group)[1] - waiting
return {length - delivered + waiting - later(retries) + due, in_flight, later(retries) + later(delayed), heads}
`;

/** Looking for ended leases reads the whole list of pending entries, so it is done this often within a lease. */
const LOOKS_PER_LEASE = 20;

let serial = 0;

/** A stream with a consumer group. */
export class StreamBackend implements QueueBackend {
  readonly kind = 'stream';
  readonly #main: string;
  readonly #keys: readonly string[];
  readonly #group: string;
  readonly #visibilityMs: number | null;
  /** When ended leases were last looked for, by a clock that only ever goes on. */
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(
    keys: QueueKeys,
    { group, visibilityMs }: ConsumerOptions,
    private readonly now: () => number,
  ) {
    this.#main = keys.main;
    const beside = [`retries:${group}`, `states:${group}`, 'delayed', 'payloads'].map((part) => keys.beside(part));
    this.#keys = [keys.main, ...beside];
    this.#group = group;
    this.#visibilityMs = visibilityMs;
  }

  /** The group reads from the beginning: what was pushed before the first worker came is to be worked on, too. */
  async prepare(connection: Connection, options: CallOptions): Promise<void> {
    try {
      await connection.call(['XGROUP', 'CREATE', this.#main, this.#group, '0', 'MKSTREAM'], options);
    } catch (error) {
      if (!(error instanceof ReplyError && error.code === 'BUSYGROUP')) throw error;
    }
  }

  async push(connection: Connection, messages: readonly Push[], options: CallOptions): Promise<Outcomes> {
    const command = ({ payload }: Push) => ['XADD', this.#main, '*', 'message', payload];
    const later = ({ payload, delayMs }: Push) =>
      connection.script(PUSH_LATER, this.#keys, [payload, delayMs, `${connection.id}.${serial++}`], options);
    if (messages.some(({ delayMs }) => delayMs > 0)) {
      return outcomesOf(messages.map((one) => (one.delayMs > 0 ? later(one) : connection.call(command(one), options))));
    }
    try {
      return (await connection.pipeline(messages.map(command), options)).map(errorOf);
    } catch (error) {
      return messages.map(() => outcomeOf(error));
    }
  }

  async take(connection: Connection, consumer: string, options: CallOptions): Promise<Taken | Idle> {
    const lease = this.#visibilityMs;
    const looks = lease !== null && this.now() - this.#lookedAt >= lease / LOOKS_PER_LEASE;
    if (looks) this.#lookedAt = this.now();
    const args = [this.#group, consumer, lease ?? '', looks ? 1 : 0];
    const answer = readTake(await connection.script(TAKE, this.#keys, args, options), consumer);
    if (isTaken(answer)) {
      // Where one lease has ended, others may have: the next take looks again.
      if (answer.deliveries > 1) this.#lookedAt = Number.NEGATIVE_INFINITY;
      return answer;
    }
    if (lease === null || answer.inFlight === 0) return answer;
    return { ...answer, nextInMs: Math.min(answer.nextInMs ?? lease, Math.ceil(lease / LOOKS_PER_LEASE)) };
  }

  complete(connection: Connection, taken: Taken, options: CallOptions): Promise<boolean> {
    return this.#settle(connection, COMPLETE, this.#keys, taken, [], options);
  }

  retry(connection: Connection, taken: Taken, delayMs: number, state: string, options: CallOptions): Promise<boolean> {
    return this.#settle(connection, RETRY, this.#keys, taken, [delayMs, state], options);
  }

  deadLetter(connection: Connection, taken: Taken, key: string, line: string, options: CallOptions): Promise<boolean> {
    return this.#settle(connection, DEAD_LETTER, [...this.#keys, key], taken, [line], options);
  }

  async inspect(connection: Connection, options: CallOptions): Promise<Depths> {
    return readDepths(await connection.script(INSPECT, this.#keys, [this.#group], options));
  }

  async arrival(connection: Connection, { position }: Idle, atMostMs: number, options: CallOptions): Promise<void> {
    const read = ['XREAD', 'COUNT', 1, 'BLOCK', Math.ceil(atMostMs), 'STREAMS', this.#main, position];
    await connection.call(read, options);
  }

  async #settle(
    connection: Connection,
    lua: string,
    keys: readonly string[],
    { consumer, entry, deliveries }: Taken,
    args: readonly Argument[],
    options: CallOptions,
  ): Promise<boolean> {
    const lease = [this.#group, consumer, this.#visibilityMs ?? '', entry, deliveries];
    return (await connection.script(lua, keys, [...lease, ...args], options)) === 1;
  }
}
