-- steer: pauses, resumes or cancels a run. It sets a flag that checkout reads. A cancelled run is also sealed at the batches that were submitted.
--
-- KEYS   base
-- ARGV   run, 'pause' | 'resume' | 'cancel'
-- Reply  now
-- Errors UNKNOWN_RUN

--- @include "prelude"

local to = ({ pause = 'paused', resume = 'open', cancel = 'cancelled' })[ARGV[2]]
if not to then return redis.error_reply('ARGUMENTS of steer') end
local meta = run .. 'meta'
if call('EXISTS', meta) == 0 then return redis.error_reply('UNKNOWN_RUN there is no such run') end
if call('HGET', meta, 'state') ~= 'cancelled' then call('HSET', meta, 'state', to) end
if to == 'cancelled' then
  local submitted = math.max(call('HLEN', run .. 'batches'), call('HLEN', run .. 'promised'))
  call('HSETNX', meta, 'sealedAt', submitted)
end
return now
