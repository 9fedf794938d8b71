-- counts: the counts of a run at one moment. It only reads, so it works on a Redis that is full.
--
-- KEYS   base
-- ARGV   run
-- Reply  [[field, value, ...] of the counts, sealedAt, state, number of pushed batches]
-- Errors UNKNOWN_RUN

--- @include "prelude"

local meta = call('HMGET', run .. 'meta', 'openedAt', 'sealedAt', 'state')
if not meta[1] then return redis.error_reply('UNKNOWN_RUN there is no such run') end
return { call('HGETALL', run .. 'counts'), meta[2], meta[3], call('HLEN', run .. 'batches') }
