-- settle: entries leave the ticket's in-flight hash with an outcome, to wait until a time, or back to the front of their backlog. The outcomes join the
-- outcome stream in the same step.
--
-- - It may be repeated: an entry that is no longer in the hash is skipped.
-- - If the token is no longer the ticket's, nothing is settled.
-- - A suspect that is settled has not killed its worker. An outcome or a retry clears it; going back removes the strike of this visit.
-- - The last entry of an origin frees its lane, which is offered to every run that waits for it.
--
-- The links of a page join the frontier in the step in which its entry leaves. A page with very many links sends them in parts while its entry is still held.
-- Parts are pushed as from the least depth at which the page is known then. If that depth has become less when the last part comes, nothing is done, and the
-- caller sends all parts again.
--
-- KEYS   base
-- ARGV   run, ticket, token, host concurrency, number of origin reports,
--        for each report: origin, hold (ms), mean latency (ms), misses: fetches without an answer since the last answer, or -1 minus the fetches without an
--        answer if there was no answer at all;
--        the entries with an outcome as one string of 17 characters each: key, then o (ok), f (failed) or s (skipped);
--        their outcome lines in the same order, joined by newlines;
--        then for each other move: key, kind, payload:
--          'retry:AFTER_MS', 'later:AFTER_MS' (not counted as a retry), 'moved:SINCE_MS'  the origin where the entry waits, newline, the entry
--          'back'                              the entry
--          'revisited'                         '': the entry leaves and has its row already
--          'found'                             the links of the entry's page (links.lua); stands before the move of the entry itself
-- Reply  [1 | 2: not done, send the parts again | -1: fenced, now, ready now, next time, entries still held, [other runs that were offered an origin],
--        [depth of the page, reason, count, ...] of the last part that was pushed]

--- @include "prelude"

--- @constant MAX_REMEMBERED
--- @include "origin-state"

local ticket, token, lanes, reports = ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
local MARKS = 6 + 4 * (reports or 0)
local FIRST = MARKS + 2
if not lanes or not reports or #ARGV < MARKS + 1 or (#ARGV - FIRST + 1) % 3 ~= 0 then return redis.error_reply('ARGUMENTS of settle') end
local marks, lines = ARGV[MARKS], ARGV[MARKS + 1]
if #marks % 17 ~= 0 then return redis.error_reply('ARGUMENTS of settle: marks') end
local hasLinks = false
for i = FIRST, #ARGV, 3 do
  local kind = ARGV[i + 1]
  if kind == 'found' then
    hasLinks = true
  elseif kind:find('^retry:%d+$') or kind:find('^later:%d+$') or kind:find('^moved:%d+$') then
    if not ARGV[i + 2]:find('\n', 1, true) then return redis.error_reply('ARGUMENTS of settle: no origin') end
  elseif kind ~= 'back' and kind ~= 'revisited' then return redis.error_reply('ARGUMENTS of settle: kind ' .. kind)
  end
end
local flight = run .. 'flight:' .. ticket
-- chaos: settle-fence
if call('HGET', flight, '_') ~= token then
  return { -1, now, outlook(run) }
end
-- The links of pages. A settle without links makes none of these functions.
local function takeLinks()
  --- @include "logged"

  --- @include "seen"

  --- @include "links"
  local pages, pushed = {}, {}
  for i = FIRST, #ARGV, 3 do
    if ARGV[i + 1] == 'found' and not links.ended and call('HEXISTS', flight, ARGV[i]) == 1 then
      local page = pageOf(ARGV[i + 2])
      if not page then return redis.error_reply('ARGUMENTS of settle: found') end
      if page.before and leastDepth(page.key, page.depth) < page.before then return nil end
      pages[#pages + 1] = page
    end
  end
  for _, page in ipairs(pages) do
    local least, leftOut = pushLinks(page)
    if page.isLast then
      countLeftOut(leftOut, page.reasons)
      expand(page.key)
    else
      pushed = { least }
      for reason, by in pairs(leftOut) do
        pushed[#pushed + 1] = reason
        pushed[#pushed + 1] = by
      end
    end
  end
  countHosts()
  return pushed
end

local pushed = {}
if hasLinks then
  pushed = takeLinks()
  if not pushed then return { 2, now, outlook(run) } end
  if pushed.err then return pushed end
end

local others = {}
-- The most origins without waiting entries that are remembered.
local function isRemembered(name, origin)
  return call('HLEN', base .. name) < MAX_REMEMBERED or call('EXISTS', run .. 'backlog:' .. origin) == 1
end

-- The origin asked for a pause.
local function slowDown(origin, holdMs)
  call('HSET', base .. 'pace', origin, packPace(slower(readPace(origin), lanes, holdMs, now)))
  call('PEXPIRE', base .. 'pace', REMEMBERED_MS)
end

-- The origin answered without asking for a pause.
local function speedUp(origin)
  local pace, text = readPace(origin)
  if not pace then return end
  local after = faster(pace, lanes, now)
  if not after then
    call('HDEL', base .. 'pace', origin)
  elseif packPace(after) ~= text then
    call('HSET', base .. 'pace', origin, packPace(after))
  end
end

-- Records what the visit found out about the origin.
local missed, paced = call('EXISTS', base .. 'misses') == 1, call('EXISTS', base .. 'pace') == 1
local function learn(origin, holdMs, latency, misses)
  local answered, before = misses >= 0, missed and readMisses(origin) or 0
  misses = missesAfter(before, answered and misses or -1 - misses, answered)
  if misses > 0 and isRemembered('misses', origin) then
    call('HSET', base .. 'misses', origin, misses .. ' ' .. now)
    call('PEXPIRE', base .. 'misses', REMEMBERED_MS)
  elseif missed then
    call('HDEL', base .. 'misses', origin)
  end
  if holdMs > 0 or paced then
    if not isRemembered('pace', origin) then
      call('HDEL', base .. 'pace', origin)
    elseif holdMs > 0 then
      slowDown(origin, holdMs)
    elseif misses == 0 then
      speedUp(origin)
    end
  end
  local hold = base .. 'hold:' .. origin
  if holdMs > 0 and tonumber(call('GET', hold) or 0) < now + holdMs then call('SET', hold, now + holdMs, 'PX', holdMs) end
  if call('EXISTS', run .. 'backlog:' .. origin) == 0 then
    call('HDEL', base .. 'latency', origin)
  elseif answered then
    call('HSET', base .. 'latency', origin, latency)
  end
end

local suspects, sent = call('EXISTS', run .. 'suspects') == 1, call('EXISTS', run .. 'sent') == 1
local function clear(keys)
  if suspects and #keys > 0 then call('HDEL', run .. 'suspects', unpack(keys)) end
  if sent and #keys > 0 then call('HDEL', run .. 'sent', unpack(keys)) end
end

-- How many entries of each origin leave, and how.
local leaving, stays = {}, { retries = 0, later = 0, back = 0, moved = 0, revisited = 0 }
local function take(held)
  local origin = held:sub(1, held:find('\n', 1, true) - 1)
  leaving[origin] = (leaving[origin] or 0) + 1
  return origin
end

for i = FIRST, #ARGV, 3 do
  local key, kind, payload = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local held = kind ~= 'found' and call('HGET', flight, key)
  if held then
    call('HDEL', flight, key)
    local origin = take(held)
    if kind == 'back' then
      -- chaos: settle-gives-back
      call('LPUSH', run .. 'backlog:' .. origin, key .. payload)
      offer(run, origin)
      stays.back = stays.back + 1
      if sent and call('HGET', run .. 'sent', key) == token then call('HDEL', run .. 'sent', key) end
      if suspects then
        local strikes, last, by = readStrikes(key)
        if by == token then call('HSET', run .. 'suspects', key, (strikes - 1) .. ' ' .. last) end
      end
    elseif kind == 'revisited' then
      stays.revisited = stays.revisited + 1
      clear({ key })
    else
      local to, entry = payload:match('^(.-)\n(.*)$')
      if kind:sub(1, 6) == 'moved:' then
        call('LPUSH', run .. 'backlog:' .. to, key .. entry)
        offer(run, to, math.min(now, tonumber(kind:sub(7))))
        stays.moved = stays.moved + 1
      else
        call('ZADD', run .. 'due', now + tonumber(kind:sub(7)), to .. '\n' .. key .. entry)
        local stay = kind:sub(1, 6) == 'retry:' and 'retries' or 'later'
        stays[stay] = stays[stay] + 1
      end
      clear({ key })
    end
  end
end

local keys, classes, settled = {}, { o = 0, f = 0, s = 0 }, 0
for at = 1, #marks, 17 do keys[#keys + 1] = marks:sub(at, at + 15) end
if #keys > 0 then
  local held = call('HMGET', flight, unpack(keys))
  for index = 1, #keys do
    -- chaos: settle-held
    if held[index] then
      take(held[index])
      local class = marks:sub(17 * index, 17 * index)
      classes[class] = classes[class] + 1
      settled = settled + 1
    end
  end
  if settled > 0 and settled < #keys then
    -- Some of them were settled before, so their lines are in the stream already.
    local fresh, index = {}, 0
    for line in lines:gmatch('[^\n]+') do
      index = index + 1
      if held[index] then fresh[#fresh + 1] = line end
    end
    lines = table.concat(fresh, '\n')
  end
  -- chaos: settle-leaves
  call('HDEL', flight, unpack(keys))
  clear(keys)
end

-- A repeated settle has nothing new to report.
if next(leaving) then
  for i = 6, MARKS - 1, 4 do learn(ARGV[i], tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2]), tonumber(ARGV[i + 3])) end
end

for origin, entries in pairs(leaving) do
  if call('HINCRBY', flight, 'o:' .. origin, -entries) == 0 then
    call('HDEL', flight, 'o:' .. origin)
    leaveLane(origin, others)
  end
end

count('ok', classes.o)
count('failed', classes.f)
count('skipped', classes.s)
count('retries', stays.retries)
count('discovered', -stays.revisited)
count('revisits', -stays.revisited)
count('inFlight', -(settled + stays.retries + stays.later + stays.back + stays.moved + stays.revisited))
-- chaos: settle-records
if settled > 0 then record(lines, settled) end
local held = call('HLEN', flight) - 1
if held == 0 then
  call('DEL', flight)
  call('SREM', run .. 'held', ticket)
end
local readyNow, next = outlook(run)
return { 1, now, readyNow, next, held, others, pushed }
