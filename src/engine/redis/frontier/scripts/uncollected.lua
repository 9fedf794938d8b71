-- uncollected: which of the runs have something for the collector: outcomes that were not released, or an end. Runs that another collector has are left out. It
-- reads a few fields of each run, so it is cheap for idle runs and works on a Redis that is full.
--
-- KEYS   base
-- ARGV   collector ('': runs count whoever has them), run, ...
-- Reply  [[runs with outcomes], [runs without outcomes that have ended]]

--- @include "prelude"

local collector = ARGV[1]
local function isFree(prefix)
  local holder = collector ~= '' and call('GET', prefix .. 'lease')
  return not holder or holder == collector
end

local settledOnes, endedOnes = {}, {}
for i = 2, #ARGV do
  local id = ARGV[i]
  local prefix = base .. 'run:' .. id .. ':'
  local counts = call('HMGET', prefix .. 'counts', 'settled', 'released', 'restored', 'accepted', 'discovered')
  for field = 1, 5 do counts[field] = tonumber(counts[field] or 0) end
  local settled, released, restored, accepted, discovered = unpack(counts)
  if settled > released + restored then
    if isFree(prefix) then settledOnes[#settledOnes + 1] = id end
  elseif settled == accepted + discovered then
    local sealedAt = call('HGET', prefix .. 'meta', 'sealedAt')
    if sealedAt and call('HLEN', prefix .. 'batches') == tonumber(sealedAt) and isFree(prefix) then endedOnes[#endedOnes + 1] = id end
  end
end
return { settledOnes, endedOnes }
