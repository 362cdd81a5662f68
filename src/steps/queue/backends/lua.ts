import type { BackendKind } from './backend.js';

/** `now` in milliseconds by the server's clock, and `stamp` to write such a time without losing its microseconds. */
export const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local function stamp(ms) return string.format('%.3f', ms) end
`;

/** `first_due(key)`: the first member of a sorted set whose time has come, or nil. */
export const FIRST_DUE = `
local function first_due(key)
  return redis.call('ZRANGEBYSCORE', key, '-inf', stamp(now), 'LIMIT', 0, 1)[1]
end
`;

/** `time_left(key, …)`: milliseconds until the first member of these sorted sets is due, or -1. */
export const TIME_LEFT = `
local function time_left(...)
  local least = -1
  for _, key in ipairs({...}) do
    local first = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')
    if first[2] then
      local left = math.max(math.ceil(tonumber(first[2]) - now), 0)
      if least < 0 or left < least then least = left end
    end
  end
  return least
end
`;

/** `append(key, payload)`: puts a payload at the end of a queue of this kind. */
export const APPEND: Record<BackendKind, string> = {
  list: "local function append(key, payload) redis.call('LPUSH', key, payload) end",
  stream: "local function append(key, payload) redis.call('XADD', key, '*', 'message', payload) end",
  delayed: "local function append(key, payload) redis.call('ZADD', key, stamp(now), payload) end",
};

/** `payload_of(fields)`: of a stream's entry: its field `message`, or, of somebody else's entry, its fields as JSON. */
export const PAYLOAD_OF = `
local function payload_of(fields)
  local all = {}
  for i = 1, #fields, 2 do
    if fields[i] == 'message' then return fields[i + 1] end
    all[fields[i]] = fields[i + 1]
  end
  return cjson.encode(all)
end
`;
