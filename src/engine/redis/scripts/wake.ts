import { PRELUDE } from './prelude.ts';

/**
 * wake: names a ticket to be queued if the run has something ready.
 *
 * KEYS  base
 * ARGV  run, tickets of the run
 * Out   [now, ready now, next time, [ticket]]
 */
export const WAKE = `${PRELUDE}
local tickets = tonumber(ARGV[2])
if not tickets then return redis.error_reply('ARGUMENTS of wake') end
local readyNow, next = outlook(run)
return { now, readyNow, next, readyNow > 0 and freeTickets(run, tickets, 1) or {} }
`;
