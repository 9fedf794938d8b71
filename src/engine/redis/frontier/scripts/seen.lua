-- Included by scripts that meet URLs, behind prelude: the seen-set of a run. It has two levels of sets that stay intsets, which costs 8 bytes a key and the
-- overhead of the set:
--
--     seen:XXX   the first 1.5 million keys, by their first 3 digits: 366 in each of 4,096 sets
--     seen:XXXX  later keys, by their first 4 digits: up to 512 in each of 65,536 sets, which is 33 million
--
-- A member is the rest of the key as a decimal number of 52 or 48 bits. A double holds it, so the whole key is kept.
--
-- Where depths count (tracksDepth), the number is filled up to 16 digits, and two digits stand before it: 10 + value. The value is 2 x depth, plus 1 if the
-- links of the page were pushed from that depth. A key has one member; SMISMEMBER looks for all that it may have.
--
-- An external URL is stored as if it had been met at the greatest depth and its links pushed: 2 x greatest depth + 1. When it is met within the scope later,
-- it is nearer, and its links are still to come. Where depths do not count, its member is a negative number. Those are looked for only in runs that request
-- external URLs.

--- @include "seen-value"

--- @constant MAX_EXACT_DEPTH
local FIRST_LEVEL = 1500000
local PREFIX

-- The link options of the run: the greatest depth, the most URLs, the most per host, all nil if the run follows no links. Then whether it is cancelled or gone,
-- whether it requests external URLs, and whether some of its entries have rows in a log.
local function linkOptions()
  local meta = call('HMGET', run .. 'meta', 'links', 'state', 'openedAt', 'restored')
  local ended = not meta[3] or meta[2] == 'cancelled'
  if not meta[1] then return nil, nil, nil, ended, false, false end
  local depth, most, mostOfHost, external = meta[1]:match('^(%d+) (%-?%d+) (%d+) ?(%a*)$')
  return tonumber(depth), tonumber(most), tonumber(mostOfHost), ended, external == 'external', meta[4] ~= false
end

-- Known: the values of keys that this script has met. Pages that are settled together have most of their links in common.
local format, sub = string.format, string.sub
local seen = { set = run .. 'seen:', known = {} }

-- Must be called before the others. depth: the greatest depth of the run, or nil. Returns the number of URLs that the run has met, and the number of rows in the
-- log whose URLs it has not met.
local function useSeen(depth, checksExternal)
  local counts = call('HMGET', run .. 'counts', 'accepted', 'discovered', 'revisits', 'deepest', 'unmetRows')
  local urls = tonumber(counts[1] or 0) + tonumber(counts[2] or 0) - tonumber(counts[3] or 0)
  seen.most = depth or 0
  seen.exact = depth and depth > 0 and depth <= MAX_EXACT_DEPTH
  seen.marks = checksExternal and not seen.exact
  if seen.exact then
    --- @constant DEPTH_PREFIXES
    PREFIX = DEPTH_PREFIXES
  end
  seen.deepest = tonumber(counts[4] or 0)
  seen.adds = urls < FIRST_LEVEL and 3 or 4
  seen.hasSecond = call('EXISTS', run .. 'buckets') == 1
  return urls, tonumber(counts[5] or 0)
end

local function bucketOf(key, digits) return seen.set .. sub(key, 1, digits) end
local function memberOf(key, digits) return format(seen.exact and '%016.0f' or '%.0f', tonumber(sub(key, digits + 1), 16)) end

-- The member of a key with this value.
local function valued(value, member)
  if seen.exact then return PREFIX[value] .. member end
  if seen.marks and isExpanded(value) then return '-' .. member end
  return member
end

-- The key's value in one level, where depths do not count.
local function findIn(key, digits)
  local bucket, member = bucketOf(key, digits), memberOf(key, digits)
  if call('SISMEMBER', bucket, member) == 1 then return 0, bucket, member end
  if seen.marks and call('SISMEMBER', bucket, '-' .. member) == 1 then return seenValue(seen.most, true), bucket, member end
  return nil, bucket, member
end

-- Looks for the key with the depths from one to another.
local function lookAt(bucket, member, from, to)
  if from > to then return nil end
  local candidates = {}
  for value = 2 * from, 2 * to + 1 do candidates[value - 2 * from + 1] = PREFIX[value] .. member end
  local hits = call('SMISMEMBER', bucket, unpack(candidates))
  for i = 1, #hits do
    if hits[i] == 1 then return 2 * from + i - 1 end
  end
end

-- How and where the key was seen. Most links lead to what was seen on the first pages, so those depths are tried first.
local FIRST_DEPTHS = 2
local function look(bucket, member)
  return lookAt(bucket, member, 0, math.min(FIRST_DEPTHS, seen.deepest)) or lookAt(bucket, member, FIRST_DEPTHS + 1, seen.deepest)
end

local function findExact(key)
  local bucket, member = bucketOf(key, 3), memberOf(key, 3)
  local value = look(bucket, member)
  if not value and seen.hasSecond then
    local second, rest = bucketOf(key, 4), memberOf(key, 4)
    value = look(second, rest)
    if value then return value, second, rest end
  end
  return value, bucket, member
end

local function find(key)
  if seen.exact then return findExact(key) end
  local value, bucket, member = findIn(key, 3)
  if not value and seen.hasSecond then
    local later, second, rest = findIn(key, 4)
    if later then return later, second, rest end
  end
  return value, bucket, member
end

-- Bucket and member are those of the first level, if known.
local function add(key, value, bucket, member)
  local digits = seen.adds
  if digits == 4 or not member then bucket, member = bucketOf(key, digits), memberOf(key, digits) end
  seen.known[key] = value
  local depth = depthOf(value)
  if seen.exact and depth > seen.deepest then
    seen.deepest = depth
    call('HSET', run .. 'counts', 'deepest', depth)
  end
  local added = call('SADD', bucket, valued(value, member)) == 1
  if added and digits == 4 then
    call('SETBIT', run .. 'buckets', tonumber(key:sub(1, 4), 16), 1)
    seen.hasSecond = true
  end
  return added
end

local function change(key, value, to, bucket, member)
  call('SREM', bucket, valued(value, member))
  call('SADD', bucket, valued(to, member))
  seen.known[key] = to
end

-- Meets a key. 'new': not added yet; its bucket and member follow. 'known': met at this depth or a lesser one. 'nearer': this depth now replaces a greater one.
-- 'expanded': likewise, and its links were pushed from the greater one. An external URL is met at the greatest depth.
local function meet(key, depth)
  local value = seen.known[key]
  if value and meetAgain(value, depth) == 'known' then return 'known' end
  local bucket, member
  value, bucket, member = find(key)
  if not value then return 'new', bucket, member end
  seen.known[key] = value
  local met = meetAgain(value, depth)
  if met ~= 'known' then change(key, value, seenValue(depth), bucket, member) end
  return met
end

-- Adds the key of a seed: 'new' if it was not seen, otherwise as above.
local function meetSeed(key, isExternal)
  if not (seen.exact or seen.marks) then
    -- Look at the other level only if it can contain the key.
    if seen.adds == 4 and findIn(key, 3) or seen.adds == 3 and seen.hasSecond and findIn(key, 4) then return 'known' end
    return add(key, 0) and 'new' or 'known'
  end
  local met, bucket, member = meet(key, isExternal and seen.most or 0)
  if met == 'new' then add(key, isExternal and seenValue(seen.most, true) or seenValue(0), bucket, member) end
  return met
end

local function leastDepth(key, depth)
  local value = seen.exact and findExact(key)
  return value and depthOf(value) or depth
end

local function expand(key)
  if not seen.exact then return end
  local value, bucket, member = findExact(key)
  if value and not isExpanded(value) then change(key, value, seenValue(depthOf(value), true), bucket, member) end
end

local function hostOf(origin)
  return origin:match('^%a+://(.*):%d+$') or origin:match('^%a+://(.*)$') or origin
end
