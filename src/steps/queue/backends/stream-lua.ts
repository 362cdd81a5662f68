import { DEFAULT_GROUP } from './backend.js';
import { APPEND, FIRST_DUE, NOW, PAYLOAD_OF, TIME_LEFT } from './lua.js';

/**
 * The payload of an entry is its field `message`. A message that waits for its retry stays pending, so that it keeps
 * its entry id and its delivery count, and no other group sees it twice: `retries` has its due time, `states` what was
 * kept with it. A push with a delay is in `delayed` and `payloads` until it is due.
 */
const KEYS = `
local stream, retries, states, delayed, payloads = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local group = ARGV[1]
`;

/**
 * What is done with is deleted, so that the stream holds what is not, where it is nobody else's: a group with a name of
 * its own leaves it to other groups, those that come later included.
 */
const FORGET = `
local function alone() return group == '${DEFAULT_GROUP}' and #redis.call('XINFO', 'GROUPS', stream) == 1 end
local function forget(...)
  redis.call('XACK', stream, group, ...)
  redis.call('HDEL', states, ...)
  if alone() then redis.call('XDEL', stream, ...) end
end
`;

/**
 * `holds(at)`: the delivery that ARGV says from `at` on by its consumer, entry and number is still in its hands.
 * `look(first, last, count)` spares it calls: what is done with at once mostly lies together.
 */
const HOLDS = `
local retrying, pending = redis.call('EXISTS', retries) == 1, {}
local function look(first, last, count)
  for _, one in ipairs(redis.call('XPENDING', stream, group, first, last, count)) do pending[one[1]] = one end
end
local function holds(at)
  local consumer, id, deliveries = unpack(ARGV, at, at + 2)
  if not pending[id] then look(id, id, 1) end
  local found = pending[id]
  return found and found[2] == consumer and found[3] < tonumber(ARGV[2]) and found[4] == tonumber(deliveries)
    and not (retrying and redis.call('ZSCORE', retries, id))
end
`;

/**
 * ARGV: group, milliseconds of visibility or `` for at-most-once, `1` to look for ended leases, how many deliveries are
 * done with, of each its consumer, entry and number, then the consumers that ask.
 */
export const SETTLE_AND_TAKE = `${KEYS}${FORGET}${HOLDS}
local lost, done, asking = {}, {}, 5 + 3 * ARGV[4]
if ARGV[4] ~= '0' then look(ARGV[6], ARGV[asking - 2], ARGV[4]) end
for i = 1, ARGV[4] do
  local at = 2 + 3 * i
  if holds(at) then done[#done + 1] = ARGV[at + 1] else lost[#lost + 1] = i end
end
if #done > 0 then forget(unpack(done)) end
if not ARGV[asking] then return {lost} end
${NOW}${FIRST_DUE}${TIME_LEFT}${PAYLOAD_OF}${APPEND.stream}
local visibility, taken = tonumber(ARGV[2]), {}
local function next_consumer() return ARGV[asking + #taken] end
local function deliver(id, fields, deliveries)
  local state = deliveries > 1 and redis.call('HGET', states, id) or ''
  if not visibility then forget(id) end
  taken[#taken + 1] = {payload_of(fields), visibility and id or '', deliveries > 1 and deliveries or nil, state}
end
local function claim(id)
  local claimed = redis.call('XCLAIM', stream, group, next_consumer(), 0, id)[1]
  if not claimed then return redis.call('HDEL', states, id) end
  deliver(id, claimed[2], redis.call('XPENDING', stream, group, id, id, 1)[1][4])
end

local due = first_due(delayed)
while due do
  append(stream, redis.call('HGET', payloads, due))
  redis.call('HDEL', payloads, due)
  redis.call('ZREM', delayed, due)
  due = first_due(delayed)
end

due = first_due(retries)
while due and next_consumer() do
  redis.call('ZREM', retries, due)
  claim(due)
  due = first_due(retries)
end

local cursor = visibility and ARGV[3] == '1' and '0-0'
while cursor and next_consumer() do
  local page = redis.call('XAUTOCLAIM', stream, group, next_consumer(), visibility, cursor, 'COUNT', 1, 'JUSTID')
  for _, id in ipairs(page[2]) do
    if not redis.call('ZSCORE', retries, id) then claim(id) end
  end
  cursor = page[1] ~= '0-0' and page[1]
end

while next_consumer() do
  local read = redis.call('XREADGROUP', 'GROUP', group, next_consumer(), 'COUNT', 1, 'STREAMS', stream, '>')
  if not read then break end
  deliver(read[1][2][1][1], read[1][2][1][2], 1)
end
if not next_consumer() then return {lost, taken} end

local waiting, position = redis.call('ZCARD', retries), ''
local info = redis.call('XINFO', 'STREAM', stream)
for i = 1, #info, 2 do
  if info[i] == 'last-generated-id' then position = info[i + 1] end
end
return {
  lost,
  taken,
  '',
  {},
  {
    redis.call('XPENDING', stream, group)[1] - waiting,
    waiting + redis.call('ZCARD', delayed),
    time_left(retries, delayed),
    position,
  },
}
`;

/** ARGV: group, milliseconds of visibility, the consumer, entry and number of a delivery, then the delay and the state. */
export const RETRY = `${NOW}${KEYS}${HOLDS}
if not holds(3) then return 0 end
redis.call('HSET', states, ARGV[4], ARGV[7])
redis.call('ZADD', retries, stamp(now + ARGV[6]), ARGV[4])
return 1
`;

/** KEYS[6]: the dead-letter queue. ARGV: as above, then the line before the payload. */
export const DEAD_LETTER = `${PAYLOAD_OF}${KEYS}${FORGET}${HOLDS}${APPEND.stream}
if not holds(3) then return 0 end
append(KEYS[6], ARGV[6] .. payload_of(redis.call('XRANGE', stream, ARGV[4], ARGV[4])[1][2]))
forget(ARGV[4])
return 1
`;

/** ARGV: the payload, the delay, what makes the entry's name unique. */
export const PUSH_LATER = `${NOW}${KEYS}
local entry = string.format('%d%06d-%s', time[1], time[2], ARGV[3])
redis.call('HSET', payloads, entry, ARGV[1])
redis.call('ZADD', delayed, stamp(now + ARGV[2]), entry)
`;

/**
 * ARGV: the group, the id to go on from, the size of a page. For each entry `{id, payload, place}`, whose place is `done`
 * where the group has acknowledged it.
 */
export const PAGE_OF_CONTENTS = `${PAYLOAD_OF}${KEYS}
local last
local groups = redis.call('EXISTS', stream) == 1 and redis.call('XINFO', 'GROUPS', stream) or {}
for _, info in ipairs(groups) do
  local facts = {}
  for i = 1, #info, 2 do facts[info[i]] = info[i + 1] end
  if facts.name == group or #groups == 1 then group, last = facts.name, facts['last-delivered-id'] end
end
local delivered = {}
if last then
  for _, entry in ipairs(redis.call('XRANGE', stream, ARGV[2], last, 'COUNT', ARGV[3])) do delivered[entry[1]] = true end
end
local page = redis.call('XRANGE', stream, ARGV[2], '+', 'COUNT', ARGV[3])
for i, entry in ipairs(page) do
  local id, place = entry[1], 'queued'
  if delivered[id] then
    local pending = redis.call('XPENDING', stream, group, id, id, 1)[1]
    place = not pending and 'done' or redis.call('ZSCORE', retries, id) and 'queued' or 'inFlight'
  end
  page[i] = {id, payload_of(entry[2]), place}
end
return page
`;

/** The payloads of pushes whose delay is not over. */
export const DELAYED_CONTENTS = `${KEYS}
local all = {}
for _, entry in ipairs(redis.call('ZRANGE', delayed, 0, -1)) do all[#all + 1] = redis.call('HGET', payloads, entry) end
return all
`;

/**
 * Entries up to the last one delivered are counted one by one: few where what is done with is deleted. XINFO's lag is
 * null after deletions. Where only one group is there it is the one, whatever its name.
 */
export const INSPECT = `${NOW}${PAYLOAD_OF}${KEYS}
local function later(key) return redis.call('ZCOUNT', key, '(' .. stamp(now), '+inf') end
local heads, length, last = {}, redis.call('XLEN', stream), nil
local groups = redis.call('EXISTS', stream) == 1 and redis.call('XINFO', 'GROUPS', stream) or {}
for _, info in ipairs(groups) do
  local facts = {}
  for i = 1, #info, 2 do facts[info[i]] = info[i + 1] end
  if facts.name == group or #groups == 1 then group, last = facts.name, facts['last-delivered-id'] end
end
local oldest = last and redis.call('XPENDING', stream, group, '-', '+', 1)[1]
local first = redis.call('XRANGE', stream, oldest and oldest[1] or last and '(' .. last or '-', '+', 'COUNT', 1)[1]
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
