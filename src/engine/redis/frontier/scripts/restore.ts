import { PRELUDE } from './prelude.ts';

/**
 * restore: these entries have a row in the collector's log. Wherever they are or come to be in the frontier, a checkout that meets one counts it as settled, and
 * nobody fetches it, unless to know what it leads to. Entries that were settled here already are never met again.
 *
 * KEYS  base
 * ARGV  run, keys of 16 digits each followed by 'o'k, 'f'ailed or 's'kipped, as a capital if the page leads on, as one string
 * Out   1
 * Errors UNKNOWN_RUN
 */
export const RESTORE = `${PRELUDE}
local marks = ARGV[2]
if not marks or #marks % 17 ~= 0 then return redis.error_reply('ARGUMENTS of restore') end
if call('EXISTS', run .. 'meta') == 0 then return redis.error_reply('UNKNOWN_RUN') end
call('HSET', run .. 'meta', 'restored', 1)
for at = 1, #marks, 17 do
  local bucket, member = restoredRow(marks:sub(at, at + 15), marks:sub(at + 16, at + 16))
  call('SADD', bucket, member)
  call('SETBIT', run .. 'restoredBuckets', tonumber(marks:sub(at, at + 3), 16), 1)
end
return 1
`;
