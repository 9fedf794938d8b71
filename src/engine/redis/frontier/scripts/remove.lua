-- remove: removes a part of a run, and tells whether there is more. The first step makes the run unknown. The next steps fence off its visits and free their
-- lanes for other runs. Nothing is scanned: all key names follow from the run, its ready and blocked origins, and its tickets. The seen-set is removed
-- elsewhere.
--
-- KEYS   base
-- ARGV   run, most origins or tickets in this step, how long the id stays unusable (ms)
-- Reply  [1 if there is more, [other runs that were offered an origin]]

--- @include "prelude"

local most, tombstone = tonumber(ARGV[2]), tonumber(ARGV[3])
if not most or not tombstone then return redis.error_reply('ARGUMENTS of remove') end
if call('EXISTS', run .. 'meta') == 1 then
  call('SET', base .. 'removed:' .. ARGV[1], 1, 'PX', tombstone)
  call('ZREM', base .. 'runs', ARGV[1])
  call('ZREM', base .. 'open', ARGV[1])
  -- If this is interrupted, the janitor continues it.
  call('ZADD', base .. 'ended', 0, ARGV[1])
end
-- Repeat this in each step, because visits that are not fenced off yet may settle in between.
call('UNLINK', run .. 'meta', run .. 'counts', run .. 'promised', run .. 'batches', run .. 'stored', run .. 'storedOrder', run .. 'unsorted', run .. 'due', run .. 'suspects', run .. 'sent', run .. 'hosts', run .. 'outcomes', run .. 'lease')

local others = {}
for _, ticket in ipairs(call('SPOP', run .. 'held', most)) do
  local flight = run .. 'flight:' .. ticket
  for _, field in ipairs(call('HKEYS', flight)) do
    if field:sub(1, 2) == 'o:' then leaveLane(field:sub(3), others) end
  end
  call('UNLINK', flight)
end
if call('EXISTS', run .. 'held') == 1 then return { 1, others } end

local origins = call('ZRANGE', run .. 'ready', 0, most - 1)
for _, origin in ipairs(call('SRANDMEMBER', run .. 'blocked', most)) do origins[#origins + 1] = origin end
for _, origin in ipairs(origins) do
  call('ZREM', run .. 'ready', origin)
  call('SREM', run .. 'blocked', origin)
  call('HDEL', base .. 'blocked:' .. origin, ARGV[1])
  call('HDEL', base .. 'latency', origin)
  call('UNLINK', run .. 'backlog:' .. origin)
end
if call('EXISTS', run .. 'ready', run .. 'blocked') > 0 then return { 1, others } end

call('ZREM', base .. 'ended', ARGV[1])
return { 0, others }
