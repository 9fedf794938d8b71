import { PRELUDE } from './prelude.ts';

/**
 * wake: names a ticket to be queued if the run has something ready, or will have within the lead: so long a ticket takes until it is a visit.
 *
 * KEYS  base
 * ARGV  run, tickets of the run, lead (ms)
 * Out   [now, ready now, next time, [ticket]]
 */
export const WAKE = `${PRELUDE}
local tickets, lead = tonumber(ARGV[2]), tonumber(ARGV[3])
if not tickets or not lead then return redis.error_reply('ARGUMENTS of wake') end
local readyNow, next = outlook(run)
local soon = readyNow > 0 or (next ~= '' and tonumber(next) <= now + lead)
return { now, readyNow, next, soon and freeTickets(run, tickets, 1) or {} }
`;
