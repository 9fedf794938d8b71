-- seal: no batches will come after the first N.
--
-- KEYS   base
-- ARGV   run, number of batches, or '' for those that were submitted
-- Reply  now
-- Errors UNKNOWN_RUN; CONFLICT if the run was sealed at another number, or has more batches

--- @include "prelude"

local batches = tonumber(ARGV[2])
if ARGV[2] == '' then batches = math.max(call('HLEN', run .. 'batches'), call('HLEN', run .. 'promised')) end
if not batches then return redis.error_reply('ARGUMENTS of seal') end
if call('EXISTS', run .. 'meta') == 0 then return redis.error_reply('UNKNOWN_RUN there is no such run') end
local sealedAt = call('HGET', run .. 'meta', 'sealedAt')
if sealedAt and tonumber(sealedAt) ~= batches then return redis.error_reply('CONFLICT the run is sealed at another number') end
if call('HLEN', run .. 'batches') > batches then return redis.error_reply('CONFLICT the run has more batches') end
call('HSET', run .. 'meta', 'sealedAt', batches)
return now
