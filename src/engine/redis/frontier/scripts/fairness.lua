-- Included by prelude: two runs on one origin. Twin of src/engine/rules/lane-fairness.ts, which explains claims. In Redis a claim is a field of the hash
-- "blocked:ORIGIN", RUN -> LIMIT UNTIL_MS.

--- @constant CLAIM_PAST
--- @constant CLAIM_NEVER_ENDS
--- @constant OFFER_MS

local function limitBeside(limit, claims, nowMs)
  local least = limit
  for _, claim in ipairs(claims) do
    if claim.limit < limit and nowMs < claim.untilMs then least = math.min(least, claim.limit - 1) end
  end
  return least
end
