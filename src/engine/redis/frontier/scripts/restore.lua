-- restore: these entries have a row in the collector's log. A checkout that meets one in a backlog, now or later, counts it as settled. It is not fetched,
-- except for its links if its page has any. An entry that is settled here already is never met again.
--
-- KEYS   base
-- ARGV   run, one string: for each entry its key (16 digits), then o (ok), f (failed) or s (skipped), in upper case if its page has links
-- Reply  1
-- Errors UNKNOWN_RUN

--- @include "prelude"

--- @include "logged"

--- @include "seen"

local marks = ARGV[2]
if not marks or #marks % 17 ~= 0 then return redis.error_reply('ARGUMENTS of restore') end
if call('EXISTS', run .. 'meta') == 0 then return redis.error_reply('UNKNOWN_RUN there is no such run') end
call('HSET', run .. 'meta', 'restored', 1)
local depth, _, _, _, checksExternal = linkOptions()
useSeen(depth, checksExternal)
local unmet = 0
for at = 1, #marks, 17 do
  local key = marks:sub(at, at + 15)
  local bucket, member = restoredRow(key, marks:sub(at + 16, at + 16))
  local isNew = call('SADD', bucket, member) == 1
  -- For the limits of links, the URLs in the log count even before they are met.
  if isNew and depth and not find(key) then unmet = unmet + 1 end
  call('SETBIT', run .. 'restoredBuckets', tonumber(marks:sub(at, at + 3), 16), 1)
end
count('unmetRows', unmet)
return 1
