-- KEYS[1] the counter; ARGV[1] the limit, ARGV[2] the window in milliseconds. Returns 1 when the call is allowed.
local count = redis.call('INCR', KEYS[1])
if count == 1 then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return count <= tonumber(ARGV[1]) and 1 or 0
