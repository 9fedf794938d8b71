-- keep-robots: stores the robots.txt of an origin and its Crawl-delay for all workers, and ends the lease to fetch it. The interval outlives the text by one
-- lease, so that it holds while the next text is fetched.
--
-- KEYS   base
-- ARGV   origin, text (packed), its digest, how long to keep it (ms), how long to keep it if nobody asks for it (ms), interval (ms), lease (ms)
-- Reply  now

--- @include "prelude"

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
