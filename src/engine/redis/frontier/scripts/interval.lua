-- Included by checkout: intervals. Twin of lookAgainMs in src/engine/rules/interval-guard.ts.

--- @constant MIN_LOOK_AGAIN_MS
--- @constant MAX_LOOK_AGAIN_MS

local function lookAgainMs(interval)
  return math.max(MIN_LOOK_AGAIN_MS, math.min(interval, MAX_LOOK_AGAIN_MS))
end
