-- pass-turn: the visit sends no request for the entry that it took of an origin with an interval. Its turn ends, and the origin's next entry may be taken at
-- once, unless the origin has asked for a pause meanwhile.
--
-- KEYS   base
-- ARGV   run, ticket, token, origin, until when the checkout held the origin (ms)
-- Reply  1 if something changed, or 0

--- @include "prelude"
--- @include "turn"

local ticket, token, origin, heldUntil = ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
if not heldUntil then return redis.error_reply('ARGUMENTS of pass-turn') end
local flight, hold = run .. 'flight:' .. ticket, base .. 'hold:' .. origin
if call('HGET', flight, '_') ~= token then return 0 end
local hadTurn = endTurn(origin, flight, token)
local held = tonumber(call('GET', hold) or 0)
local hasLapsed = hadTurn and held == 0
if held ~= heldUntil and not hasLapsed then return 0 end
call('DEL', hold)
call('ZADD', run .. 'ready', 'XX', 'LT', now, origin)
return 1
