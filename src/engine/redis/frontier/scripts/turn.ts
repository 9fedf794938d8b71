/** A turn that nobody ends lapses after this, in milliseconds: a visit that settles its entry without a request leaves its key behind. */
const TURN_MS = 60_000;

/**
 * The turn of an origin with an interval. A checkout takes it with its entry, and no other visit gets the origin before the turn ends. It ends when the request has gone out (touch),
 * when the visit passes it on (pass-turn), and when the visit no longer holds an entry of the origin under its token. The last needs no write: it covers entries that were settled or
 * given back, workers that died, and runs that were removed.
 */
export const TURN = `
local function takeTurn(origin, flight, token)
  call('SET', base .. 'turn:' .. origin, flight .. '\\n' .. token, 'PX', ${TURN_MS})
end

-- True if it was the visit's.
local function endTurn(origin, flight, token)
  local key = base .. 'turn:' .. origin
  if call('GET', key) ~= flight .. '\\n' .. token then return false end
  call('DEL', key)
  return true
end

local function isTurnTaken(origin)
  local flight, token = (call('GET', base .. 'turn:' .. origin) or ''):match('^(.-)\\n(.*)$')
  if not flight then return false end
  local held = call('HMGET', flight, '_', 'o:' .. origin)
  return held[1] == token and held[2] ~= false
end
`;
