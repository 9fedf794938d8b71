-- push: a batch of entries joins the frontier and is no longer stored. It counts once: the same batch again changes nothing, and another batch under its
-- number is refused.
--
-- A seed that was found by links before is a duplicate, and its page is nearer than it seemed. If its links were pushed with greater depths, or if it was
-- external and therefore not followed, it is revisited.
--
-- KEYS   base
-- ARGV   run, batch, digest, number of invalid lines, outcome lines of the invalid lines (joined by newlines), then origin, entries for neighbours of one origin:
--        key and payload of each, joined by newlines. The key of an external entry has an x before it.
-- Reply  [now, ready now, next time]
-- Errors UNKNOWN_RUN, CONFLICT, SEALED, ARGUMENTS

--- @include "prelude"
--- @include "logged"

--- @include "seen"

local FIRST = 6
if #ARGV < FIRST - 1 or (#ARGV - FIRST + 1) % 2 ~= 0 then return redis.error_reply('ARGUMENTS of push') end
local batch, digest, invalid = ARGV[2], ARGV[3], tonumber(ARGV[4])
local KEY_AND_PAYLOAD = '^x?' .. ('%x'):rep(16) .. '%['
local groups, submitted = {}, 0
for i = FIRST, #ARGV, 2 do
  local entries = {}
  for entry in ARGV[i + 1]:gmatch('[^\n]+') do
    if not entry:find(KEY_AND_PAYLOAD) then return redis.error_reply('ARGUMENTS of push: a key has 16 digits') end
    entries[#entries + 1] = entry
  end
  groups[#groups + 1] = { origin = ARGV[i], entries = entries }
  submitted = submitted + #entries
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
  local accepted, revisits, metRows = 0, 0, 0
  useSeen(depth, checksExternal)
  for _, group in ipairs(groups) do
    local waiting, new = {}, 0
    for _, entry in ipairs(group.entries) do
      local isExternal = entry:byte() == 120
      if isExternal then entry = entry:sub(2) end
      local key = entry:sub(1, 16)
      local met = meetSeed(key, isExternal)
      if met == 'new' then
        waiting[#waiting + 1] = entry
        new = new + 1
        if isRestored and depth and loggedAs(key) then metRows = metRows + 1 end
      elseif met == 'expanded' then
        waiting[#waiting + 1] = 'r' .. entry:sub(2)
        revisits = revisits + 1
      end
    end
    join(group.origin, waiting)
    if depth and new > 0 then call('HINCRBY', run .. 'hosts', hostOf(group.origin), new) end
    accepted = accepted + new
  end
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
