-- Included by checkout and settle: what Redis remembers about an origin.

--- @include "answers"

--- @include "pace"

-- The pace of an origin that asked for a pause, and its text. Nil if it is not slowed.
local function readPace(origin)
  local text = call('HGET', base .. 'pace', origin)
  if not text then return nil end
  local pace = unpackPace(text)
  if isForgotten(math.max(pace.changedAtMs, pace.askedUntilMs), now) then return nil end
  return pace, text
end

-- Consecutive fetches of the origin without an answer, and when the last of them ended.
local function readMisses(origin)
  local misses, last = (call('HGET', base .. 'misses', origin) or '0 0'):match('^(%d+) (%d+)$')
  return isForgotten(last, now) and 0 or tonumber(misses), tonumber(last)
end
