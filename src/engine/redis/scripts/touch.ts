import { PRELUDE } from './prelude.ts';

/**
 * touch: a request of the visit goes out now, a while after its checkout: the interval to the next one to the origin counts from here.
 *
 * KEYS  base
 * ARGV  run, ticket, token, origin, interval (ms)
 * Out   [now, ready now, next time]
 */
export const TOUCH = `${PRELUDE}
local ticket, token, origin, interval = ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
if not interval or interval <= 0 then return redis.error_reply('ARGUMENTS of touch') end
local hold, notBefore = base .. 'hold:' .. origin, now + interval
if call('HGET', run .. 'flight:' .. ticket, '_') == token and tonumber(call('GET', hold) or 0) < notBefore then
  call('SET', hold, notBefore, 'PX', interval)
  call('ZADD', run .. 'ready', 'XX', 'GT', notBefore, origin)
end
return { now, outlook(run) }
`;
