-- uncollected: which of the runs have something for a collector: outcomes that were not released, or an end. It reads a few fields of each run, so it is cheap
-- for idle runs and works on a Redis that is full.
--
-- KEYS   base
-- ARGV   run, ...
-- Reply  [[runs with outcomes], [runs without outcomes that have ended]]

--- @include "prelude"

local settledOnes, endedOnes = {}, {}
for _, id in ipairs(ARGV) do
  local prefix = base .. 'run:' .. id .. ':'
  local counts = call('HMGET', prefix .. 'counts', 'settled', 'released', 'restored', 'accepted', 'discovered')
  for i = 1, 5 do counts[i] = tonumber(counts[i] or 0) end
  local settled, released, restored, accepted, discovered = unpack(counts)
  if settled > released + restored then
    settledOnes[#settledOnes + 1] = id
  elseif settled == accepted + discovered then
    local sealedAt = call('HGET', prefix .. 'meta', 'sealedAt')
    if sealedAt and call('HLEN', prefix .. 'batches') == tonumber(sealedAt) then endedOnes[#endedOnes + 1] = id end
  end
end
return { settledOnes, endedOnes }
