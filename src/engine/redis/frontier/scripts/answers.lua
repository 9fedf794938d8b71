-- Included by checkout and settle: how the answers of an origin, or their absence, affect the next visits. Twin of src/engine/rules/answers.ts.

--- @constant SLOWED_AFTER
--- @constant DOWN_AFTER
--- @constant MISSED_PAUSE_MS
--- @constant DOWN_PAUSE_MS
--- @constant REMEMBERED_MS

local function isForgotten(sinceMs, nowMs)
  return nowMs - sinceMs >= REMEMBERED_MS
end

local function missesAfter(before, misses, answered)
  return answered and misses or before + misses
end

local function isDoubtful(origin, nowMs)
  if origin.misses > 0 then return nowMs - origin.missedAtMs < (origin.misses >= DOWN_AFTER and DOWN_PAUSE_MS or MISSED_PAUSE_MS) end
  return origin.busy > 0 and not origin.hasAnswered
end

local function visitLimit(misses, lanes, most)
  return misses >= SLOWED_AFTER and 1 or math.min(most, lanes or most)
end

local function trialOf(misses, asks)
  return misses >= DOWN_AFTER and 'briefly' or asks >= DOWN_AFTER and 'once' or 'full'
end
