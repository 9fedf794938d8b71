-- store: a batch waits in Redis, compressed, until the frontier has room for it. The same batch again changes nothing; another batch under its number is
-- refused. push removes it. A cancelled run does not take the batch, so it is not stored; its producer need not know.
--
-- KEYS   base
-- ARGV   run, batch, digest, content
-- Reply  1
-- Errors REMOVED, CONFLICT, ARGUMENTS

--- @include "prelude"

if #ARGV ~= 4 or not tonumber(ARGV[2]) then return redis.error_reply('ARGUMENTS of store') end
local batch, digest, content = ARGV[2], ARGV[3], ARGV[4]
if call('EXISTS', base .. 'removed:' .. ARGV[1]) == 1 then return redis.error_reply('REMOVED the run was removed') end
local pushed, promised = call('HGET', run .. 'batches', batch), call('HGET', run .. 'promised', batch)
-- chaos: store-compares
if (pushed or promised or digest) ~= digest then return redis.error_reply('CONFLICT the batch was submitted with other lines') end
local state, sealedAt = unpack(call('HMGET', run .. 'meta', 'state', 'sealedAt'))
if state == 'cancelled' and tonumber(batch) >= tonumber(sealedAt) then return 1 end
call('HSET', run .. 'promised', batch, digest)
if not pushed and call('HSETNX', run .. 'stored', batch, content) == 1 then
  call('ZADD', run .. 'storedOrder', batch, batch)
  count('storedBytes', #content)
end
return 1
