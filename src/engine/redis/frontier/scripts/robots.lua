-- robots: what is stored about an origin's robots.txt, or the lease to fetch it. A text that nobody asks for expires early: workers that know it have its rules
-- in memory.
--
-- The lease holds the name of its owner. So a caller whose reply was lost does not wait for itself.
--
-- KEYS   base
-- ARGV   origin, digest of the text that the caller has and considers stale (or ''), who asks, lease (ms), how long to keep a text after it was asked for (ms)
-- Reply  the stored text, packed | 1: the caller must fetch it | 0: another worker is fetching it

--- @include "prelude"

local origin, stale, asker, lease, askedMs = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
if not lease or not askedMs then return redis.error_reply('ARGUMENTS of robots') end
local key, leaseKey = base .. 'robots:' .. origin, base .. 'robotsLease:' .. origin
local kept = call('GET', key)
if kept then
  local keptUntil, digest, text = kept:match('^(%d+) (%S+) (.*)$')
  if digest ~= stale then
    call('PEXPIREAT', key, math.min(keptUntil, now + askedMs))
    return text
  end
end
if call('SET', leaseKey, asker, 'NX', 'PX', lease) or call('GET', leaseKey) == asker then return 1 end
return 0
