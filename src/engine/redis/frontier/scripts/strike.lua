-- strike: writes down that a suspect is about to be fetched, so that the strike stays if the worker dies of it. An entry with all its strikes is not fetched
-- again. Strikes that follow each other faster than a death is noticed count once.
--
-- A visit fetches one suspect at most, so a strike under the token of the last one is a repetition.
--
-- KEYS   base
-- ARGV   run, ticket, token, key, most strikes of an entry, least time between two (ms)
-- Reply  'fetch' | 'crashed' | 'fenced'

--- @include "prelude"

local ticket, token, key, most, spacing = ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6])
if not most or not spacing then return redis.error_reply('ARGUMENTS of strike') end
local flight = run .. 'flight:' .. ticket
if call('HGET', flight, '_') ~= token or call('HEXISTS', flight, key) == 0 then return 'fenced' end
local strikes, last, by = readStrikes(key)
if not strikes then return 'fetch' end
if by == token then return 'fetch' end
-- chaos: last-strike
if strikes >= most then return 'crashed' end
if now - last >= spacing then call('HSET', run .. 'suspects', key, (strikes + 1) .. ' ' .. now .. ' ' .. token) end
return 'fetch'
