-- attend: a collector reports that it is alive and how many runs it has, or that it leaves. Collectors that have been silent for too long are forgotten.
--
-- KEYS   base
-- ARGV   collector, runs ('': it leaves), time to live (ms)
-- Reply  the number of live collectors

--- @include "prelude"

local collector, runs, ttl = ARGV[1], ARGV[2], tonumber(ARGV[3])
if not ttl then return redis.error_reply('ARGUMENTS of attend') end
local collectors = base .. 'collectors'
call('ZREMRANGEBYSCORE', collectors, '-inf', now)
for _, other in ipairs(call('ZRANGE', collectors, 0, -1)) do
  if other:sub(other:find(' ', 1, true) + 1) == collector then call('ZREM', collectors, other) end
end
if runs ~= '' then call('ZADD', collectors, now + ttl, runs .. ' ' .. collector) end
return call('ZCARD', collectors)
