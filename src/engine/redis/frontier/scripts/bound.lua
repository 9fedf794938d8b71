-- bound: how many entries the origin with the longest backlog of the run has. If the run has more than a thousand origins, it looks at a thousand random ones.
--
-- KEYS   base
-- ARGV   run
-- Reply  number of entries

--- @include "prelude"

-- Looking at these takes a millisecond of Redis's time.
local MAX_ORIGINS = 1000
local most = 0
for _, origins in ipairs({ call('ZRANDMEMBER', run .. 'ready', MAX_ORIGINS), call('SRANDMEMBER', run .. 'blocked', MAX_ORIGINS) }) do
  for _, origin in ipairs(origins) do most = math.max(most, call('LLEN', run .. 'backlog:' .. origin)) end
end
return most
