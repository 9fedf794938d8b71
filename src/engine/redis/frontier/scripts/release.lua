-- release: the collector has the outcome stream up to this entry on disk, so that part is removed. The trim comes first, because a Redis that is full refuses
-- a script whose first write could take memory.
--
-- KEYS   base
-- ARGV   run, collector, stream id, the id that follows it
-- Reply  1, or 0 if another collector has the run, or has had it since
-- Errors UNKNOWN_RUN

--- @include "prelude"

if #ARGV ~= 4 then return redis.error_reply('ARGUMENTS of release') end
if call('EXISTS', run .. 'meta') == 0 then return redis.error_reply('UNKNOWN_RUN there is no such run') end
-- chaos: release-claimed
if call('HGET', run .. 'meta', 'collector') ~= ARGV[2] then return 0 end
local entry = call('XRANGE', run .. 'outcomes', ARGV[3], ARGV[3])[1]
if entry then
  call('XTRIM', run .. 'outcomes', 'MINID', ARGV[4])
  call('HSET', run .. 'counts', 'released', entry[2][4])
end
return 1
