-- recount: counts from the in-flight hashes of all tickets how many visits hold each of the origins, and corrects the hash "busy" where it differs. A script
-- is atomic, so visits may go on. An origin that turns out to have free lanes is offered to the runs that wait for it.
--
-- KEYS   base
-- ARGV   '', origin, ...
-- Reply  [[[origin, visits counted before, visits that hold it], ...] of the wrong ones, [runs that were offered an origin]]

--- @include "prelude"

local origins, fields, holding = {}, {}, {}
for i = 2, #ARGV do
  origins[#origins + 1] = ARGV[i]
  fields[#fields + 1] = 'o:' .. ARGV[i]
  holding[#holding + 1] = 0
end
if #origins == 0 then return redis.error_reply('ARGUMENTS of recount') end
for _, state in ipairs({ 'open', 'ended' }) do
  for _, id in ipairs(call('ZRANGE', base .. state, 0, -1)) do
    local prefix = base .. 'run:' .. id .. ':'
    for _, ticket in ipairs(call('SMEMBERS', prefix .. 'held')) do
      for i, entries in ipairs(call('HMGET', prefix .. 'flight:' .. ticket, unpack(fields))) do
        if entries then holding[i] = holding[i] + 1 end
      end
    end
  end
end
local corrected, others = {}, {}
for i, origin in ipairs(origins) do
  local before = tonumber(call('HGET', base .. 'busy', origin) or 0)
  if before ~= holding[i] then
    corrected[#corrected + 1] = { origin, before, holding[i] }
    -- Count one visit too many and let it leave, so that its lane is offered to those that wait.
    call('HSET', base .. 'busy', origin, holding[i] + 1)
    leaveLane(origin, others)
  end
end
return { corrected, others }
