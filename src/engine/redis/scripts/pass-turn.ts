import { PRELUDE } from './prelude.ts';

/**
 * pass-turn: the visit took an entry of an origin with an interval, and sends no request for it. What was held back for that comes now, unless the origin asked for a
 * pause meanwhile.
 *
 * KEYS  base
 * ARGV  run, ticket, token, origin, until when the checkout held it (ms)
 * Out   1 if something changed
 */
export const PASS_TURN = `${PRELUDE}
local ticket, token, origin, heldUntil = ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
if not heldUntil then return redis.error_reply('ARGUMENTS of pass-turn') end
local hold = base .. 'hold:' .. origin
if call('HGET', run .. 'flight:' .. ticket, '_') ~= token or tonumber(call('GET', hold) or 0) ~= heldUntil then return 0 end
call('DEL', hold)
call('ZADD', run .. 'ready', 'XX', 'LT', now, origin)
return 1
`;
