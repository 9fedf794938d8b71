-- Included by settle and checkout: the pace of an origin that asked for a pause. Twin of src/engine/rules/origin-pace.ts. A pace is a table with lanes,
-- most, changedAtMs, askedUntilMs and asks; in Redis it is a text with these numbers in this order.

--- @constant FASTER_AFTER_MS

local function slower(pace, lanes, holdMs, nowMs)
  local before = pace or { lanes = lanes, most = 0, askedUntilMs = 0, asks = 0 }
  local after = {
    lanes = before.lanes,
    most = math.max(before.most, lanes),
    changedAtMs = before.changedAtMs,
    askedUntilMs = math.max(before.askedUntilMs, nowMs + holdMs),
    asks = before.asks + 1,
  }
  -- Half as many lanes, once for all requests that were under way.
  if not pace or nowMs >= pace.askedUntilMs then
    after.lanes, after.changedAtMs = math.max(1, math.floor(math.min(before.lanes, lanes) / 2)), nowMs
  end
  return after
end

local function faster(pace, lanes, nowMs)
  local most = math.max(pace.most, lanes)
  local after = { lanes = pace.lanes, most = most, changedAtMs = pace.changedAtMs, askedUntilMs = pace.askedUntilMs, asks = 0 }
  if nowMs - math.max(pace.changedAtMs, pace.askedUntilMs) < FASTER_AFTER_MS then return after end
  if pace.lanes + 1 >= most then return nil end
  after.lanes, after.changedAtMs = pace.lanes + 1, nowMs
  return after
end

local function packPace(pace)
  return table.concat({ pace.lanes, pace.most, pace.changedAtMs, pace.askedUntilMs, pace.asks }, ' ')
end

local function unpackPace(text)
  local lanes, most, changedAtMs, askedUntilMs, asks = text:match('^(%d+) (%d+) (%d+) (%d+) (%d+)$')
  return {
    lanes = tonumber(lanes),
    most = tonumber(most),
    changedAtMs = tonumber(changedAtMs),
    askedUntilMs = tonumber(askedUntilMs),
    asks = tonumber(asks),
  }
end
