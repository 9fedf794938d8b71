-- Included by checkout: intervals. Twin of lookAgainMs in src/engine/rules/interval-guard.ts.

--- @constant LOOK_AGAIN_LEAST_MS
--- @constant LOOK_AGAIN_MOST_MS

local function lookAgainMs(interval)
  return math.max(LOOK_AGAIN_LEAST_MS, math.min(interval, LOOK_AGAIN_MOST_MS))
end
