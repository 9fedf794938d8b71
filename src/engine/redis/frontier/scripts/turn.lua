-- Included behind prelude: the turn of an origin with an interval. A checkout takes the turn together with an entry, and no other visit gets the origin before
-- the turn ends. It ends when
--
-- - the request was sent (touch),
-- - the visit gives the turn up (pass-turn), or
-- - the visit no longer holds an entry of the origin under its token. This needs no write, and covers entries that were settled or given back, workers that
--   died, and runs that were removed.

-- A turn that nobody ends lapses after this time. A visit that settles its entry without a request leaves its key behind.
local TURN_MS = 60000

local function takeTurn(origin, flight, token)
  call('SET', base .. 'turn:' .. origin, flight .. '\n' .. token, 'PX', TURN_MS)
end

-- True if it was the visit's.
local function endTurn(origin, flight, token)
  local key = base .. 'turn:' .. origin
  if call('GET', key) ~= flight .. '\n' .. token then return false end
  call('DEL', key)
  return true
end

local function isTurnTaken(origin)
  local flight, token = (call('GET', base .. 'turn:' .. origin) or ''):match('^(.-)\n(.*)$')
  if not flight then return false end
  local held = call('HMGET', flight, '_', 'o:' .. origin)
  return held[1] == token and held[2] ~= false
end
