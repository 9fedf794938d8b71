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
  -- Neighbours of one origin, as in most lists, join its backlog in one step.
  local accepted, waiting, origin = 0, {}, nil
  local function append()
    if #waiting == 0 then return end
    call('RPUSH', run .. 'backlog:' .. origin, unpack(waiting))
    offer(run, origin)
    accepted, waiting = accepted + #waiting, {}
  end
  for i = FIRST, #ARGV, 3 do
    local key = ARGV[i + 1]
    if ARGV[i] ~= origin then
      append()
      origin = ARGV[i]
    end
    -- 48 bits fit a double and an intset; 16 bits choose the bucket, which stays an intset up to 33 million keys.
    local member = string.format('%.0f', tonumber(key:sub(5), 16))
    local bucket = key:sub(1, 4)
    if call('SADD', run .. 'seen:' .. bucket, member) == 1 then
      waiting[#waiting + 1] = key .. ARGV[i + 2]
      call('SETBIT', run .. 'buckets', tonumber(bucket, 16), 1)
    end
  end
  append()
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
