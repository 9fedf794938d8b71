-- push: a batch of entries joins the frontier and is no longer stored. It counts once: the same batch again changes nothing, and another batch under its
-- number is refused.
--
-- A seed that was found by links before is a duplicate, and its page is nearer than it seemed. If its links were pushed with greater depths, or if it was
-- external and therefore not followed, it is revisited.
--
-- KEYS   base
-- ARGV   run, batch, digest, number of invalid lines, outcome lines of the invalid lines (joined by newlines), then origin, key, payload for each entry
--        The key of an external entry has an x before it.
-- Reply  [now, ready now, next time]
-- Errors UNKNOWN_RUN, CONFLICT, SEALED, ARGUMENTS

--- @include "prelude"
--- @include "logged"

--- @include "seen"

local FIRST = 6
if #ARGV < FIRST - 1 or (#ARGV - FIRST + 1) % 3 ~= 0 then return redis.error_reply('ARGUMENTS of push') end
local batch, digest, invalid = ARGV[2], ARGV[3], tonumber(ARGV[4])
for i = FIRST, #ARGV, 3 do
  if not ARGV[i + 1]:match('^x?%x+$') or #ARGV[i + 1]:gsub('^x', '') ~= 16 then return redis.error_reply('ARGUMENTS of push: a key has 16 digits') end
end
if call('EXISTS', run .. 'meta') == 0 then return redis.error_reply('UNKNOWN_RUN there is no such run') end
local depth, _, _, _, checksExternal, isRestored = linkOptions()

local known = call('HGET', run .. 'batches', batch)
-- chaos: push-compares
if known and known ~= digest then return redis.error_reply('CONFLICT the batch was pushed with other lines') end
-- chaos: push-once
if not known then
  local sealedAt = call('HGET', run .. 'meta', 'sealedAt')
  if sealedAt and tonumber(batch) >= tonumber(sealedAt) then return redis.error_reply('SEALED the batch comes after the last one') end
  call('HSET', run .. 'batches', batch, digest)
  -- Neighbours of one origin, as in most lists, join in one step.
  local accepted, revisits, metRows, waiting, origin = 0, 0, 0, {}, nil
  local hosts = {}
  useSeen(depth, checksExternal)
  local function append()
    join(origin, waiting)
    waiting = {}
  end
  for i = FIRST, #ARGV, 3 do
    local key, isExternal = ARGV[i + 1]:gsub('^x', '')
    if ARGV[i] ~= origin then
      append()
      origin = ARGV[i]
    end
    local met = meetSeed(key, isExternal == 1)
    if met == 'new' then
      waiting[#waiting + 1] = key .. ARGV[i + 2]
      accepted = accepted + 1
      if depth then
        hosts[origin] = (hosts[origin] or 0) + 1
        if isRestored and loggedAs(key) then metRows = metRows + 1 end
      end
    elseif met == 'expanded' then
      waiting[#waiting + 1] = 'r' .. key:sub(2) .. ARGV[i + 2]
      revisits = revisits + 1
    end
  end
  append()
  for each, by in pairs(hosts) do call('HINCRBY', run .. 'hosts', hostOf(each), by) end
  local submitted = (#ARGV - FIRST + 1) / 3
  count('submitted', submitted + invalid)
  count('accepted', accepted + invalid)
  count('duplicates', submitted - accepted)
  count('discovered', revisits)
  count('revisits', revisits)
  count('unmetRows', -metRows)
  if invalid > 0 then
    count('failed', invalid)
    record(ARGV[5], invalid)
  end
end
local stored = call('HSTRLEN', run .. 'stored', batch)
if stored > 0 then
  call('HDEL', run .. 'stored', batch)
  call('ZREM', run .. 'storedOrder', batch)
  count('storedBytes', -stored)
end
return { now, outlook(run) }
