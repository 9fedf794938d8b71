-- wake: names a ticket to queue if the run has something ready, or will have within the lead, which is how long a queued ticket takes to become a visit.
--
-- KEYS   base
-- ARGV   run, tickets of the run, lead (ms)
-- Reply  [now, ready now, next time, [ticket]]

--- @include "prelude"

local tickets, lead = tonumber(ARGV[2]), tonumber(ARGV[3])
if not tickets or not lead then return redis.error_reply('ARGUMENTS of wake') end
local readyNow, next = outlook(run)
local soon = readyNow > 0 or (next ~= '' and tonumber(next) <= now + lead)
return { now, readyNow, next, soon and freeTickets(run, tickets, 1) or {} }
