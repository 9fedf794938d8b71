import { PRELUDE } from './prelude.ts';

/**
 * keep-robots: an origin's robots.txt was fetched: what is kept of it, for all, and the interval that it asks for. The lease to fetch it ends. The interval outlives the text by a
 * lease, so that it holds while the next one is fetched.
 *
 * KEYS  base
 * ARGV  origin, text (packed), its digest, how long to keep it (ms), how long without being asked for (ms), interval (ms), lease (ms)
 * Out   now
 */
export const KEEP_ROBOTS = `${PRELUDE}
local origin, text, digest = ARGV[1], ARGV[2], ARGV[3]
local keepMs, askedMs, interval, lease = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
if not keepMs or keepMs < 1 or not askedMs or not interval or not lease then return redis.error_reply('ARGUMENTS of keep-robots') end
call('SET', base .. 'robots:' .. origin, now + keepMs .. ' ' .. digest .. ' ' .. text, 'PX', math.min(keepMs, askedMs))
call('DEL', base .. 'robotsLease:' .. origin)
if interval > 0 then
  call('SET', base .. 'interval:' .. origin, interval, 'PX', keepMs + lease)
else
  call('DEL', base .. 'interval:' .. origin)
end
return now
`;
