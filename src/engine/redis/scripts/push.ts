import { PRELUDE } from './prelude.ts';

/**
 * push: a batch of entries joins the frontier. Counted once: the same batch again changes nothing, another one under its number is refused.
 *
 * KEYS  base
 * ARGV  run, batch, digest, invalid count, invalid outcome lines (joined by newlines), then (origin, key, payload) for each entry
 * Out   [now, ready now, next time]
 * Errors UNKNOWN_RUN, CONFLICT, SEALED, ARGUMENTS
 */
export const PUSH = `${PRELUDE}
local FIRST = 6
if #ARGV < FIRST - 1 or (#ARGV - FIRST + 1) % 3 ~= 0 then return redis.error_reply('ARGUMENTS of push') end
local batch, digest, invalid = ARGV[2], ARGV[3], tonumber(ARGV[4])
for i = FIRST, #ARGV, 3 do
  if #ARGV[i + 1] ~= 16 then return redis.error_reply('ARGUMENTS of push: a key has 16 digits') end
end
if call('EXISTS', run .. 'meta') == 0 then return redis.error_reply('UNKNOWN_RUN') end

local known = call('HGET', run .. 'batches', batch)
if known and known ~= digest then return redis.error_reply('CONFLICT') end
if not known then
  local sealedAt = call('HGET', run .. 'meta', 'sealedAt')
  if sealedAt and tonumber(batch) >= tonumber(sealedAt) then return redis.error_reply('SEALED') end
  call('HSET', run .. 'batches', batch, digest)
  local accepted = 0
  for i = FIRST, #ARGV, 3 do
    local origin, key = ARGV[i], ARGV[i + 1]
    -- 48 bits fit a double and an intset; 16 bits choose the bucket, which stays an intset up to 33 million keys.
    local member = string.format('%.0f', tonumber(key:sub(5), 16))
    if call('SADD', run .. 'seen:' .. key:sub(1, 4), member) == 1 then
      accepted = accepted + 1
      call('RPUSH', run .. 'backlog:' .. origin, key .. ARGV[i + 2])
      offer(run, origin)
    end
  end
  local submitted = (#ARGV - FIRST + 1) / 3
  count('submitted', submitted + invalid)
  count('accepted', accepted + invalid)
  count('duplicates', submitted - accepted)
  if invalid > 0 then
    count('failed', invalid)
    record(ARGV[5], invalid)
  end
end
return { now, outlook(run) }
`;
