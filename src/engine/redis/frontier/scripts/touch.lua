-- touch: a request of the visit was just sent. Its turn ends, and the interval to the next request to the origin counts from now.
--
-- KEYS   base
-- ARGV   run, ticket, token, origin, interval (ms)
-- Reply  [now, ready now, next time]

--- @include "prelude"
--- @include "turn"

local ticket, token, origin, interval = ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
if not interval or interval <= 0 then return redis.error_reply('ARGUMENTS of touch') end
local flight = run .. 'flight:' .. ticket
endTurn(origin, flight, token)
local hold, notBefore = base .. 'hold:' .. origin, now + interval
if call('HGET', flight, '_') == token and tonumber(call('GET', hold) or 0) < notBefore then
  call('SET', hold, notBefore, 'PX', interval)
  call('ZADD', run .. 'ready', 'XX', 'GT', notBefore, origin)
end
return { now, outlook(run) }
