-- send: writes down that a request is about to be sent which must not be sent twice. Whoever gets the entry later, because this worker died or lost its visit,
-- finds the mark and does not send it. The mark is removed when the entry is settled, and when the visit gives it back because it sent nothing.
--
-- KEYS   base
-- ARGV   run, ticket, token, key
-- Reply  'send' | 'sent': an earlier visit may have sent it | 'fenced'

--- @include "prelude"

local ticket, token, key = ARGV[2], ARGV[3], ARGV[4]
if not key then return redis.error_reply('ARGUMENTS of send') end
local flight = run .. 'flight:' .. ticket
if call('HGET', flight, '_') ~= token or call('HEXISTS', flight, key) == 0 then return 'fenced' end
local by = call('HGET', run .. 'sent', key)
if by and by ~= token then return 'sent' end
call('HSET', run .. 'sent', key, token)
return 'send'
