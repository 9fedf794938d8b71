-- restore: these entries have a row in the collector's log. A checkout that meets one in a backlog, now or later, counts it as settled. It is not fetched,
-- except for its links if its page has any. An entry that is settled here already is never met again.
--
-- KEYS   base
-- ARGV   run, one string: for each entry its key (16 digits), then o (ok), f (failed) or s (skipped), in upper case if its page has links
-- Reply  1
-- Errors UNKNOWN_RUN

--- @include "prelude"

local marks = ARGV[2]
if not marks or #marks % 17 ~= 0 then return redis.error_reply('ARGUMENTS of restore') end
if call('EXISTS', run .. 'meta') == 0 then return redis.error_reply('UNKNOWN_RUN there is no such run') end
call('HSET', run .. 'meta', 'restored', 1)
for at = 1, #marks, 17 do
  local bucket, member = restoredRow(marks:sub(at, at + 15), marks:sub(at + 16, at + 16))
  call('SADD', bucket, member)
  call('SETBIT', run .. 'restoredBuckets', tonumber(marks:sub(at, at + 3), 16), 1)
end
return 1
