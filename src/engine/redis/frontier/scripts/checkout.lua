-- checkout: a ticket takes entries of ready origins into its in-flight hash, under the visit's token. The last checkout of a ticket wins.
--
-- What becomes of an earlier visit of the ticket: it is fenced off, and its entries go back, each with a mark, because one of them may have killed its worker.
-- An entry that was held by two dead workers is a suspect. A visit that takes a suspect takes nothing else.
--
-- How many entries:
-- - Of each origin, at most ceil(waiting / host concurrency), so that its lanes share a short backlog, and at most as many as fit the budget at the origin's
--   recent latency. Of small origins it takes several, but leaves the other tickets their share.
-- - If the run has an interval: one entry in all, because a second one would start late.
-- - If the origin has an interval of its own (Crawl-delay): one entry, and only as the first of the visit. Behind others it might be given back unstarted, and
--   its turn would be lost. Other origins may follow it.
-- - Of an origin that left its last two fetches without an answer, or that asked for patience: one entry. The first gets one visit at a time, the second as
--   many as its pace allows.
--
-- Which origins:
-- - An origin with an interval is skipped while another visit has its turn (turn.lua).
-- - An origin in doubt comes after all others: one that is being visited and has not answered yet, or that left a fetch without an answer a moment ago. A slot
--   that takes it may wait for a whole timeout.
--
-- Entries at the front of a backlog that have a row in the collector's log count as settled. If the row says that the page has links, the entry is revisited.
--
-- A cancelled run gives up to 1,000 entries, which are settled without a request. A paused run gives none.
--
-- If more is ready and slots of the cluster are idle, up to two more tickets are woken. So visits double until all slots are busy.
--
-- KEYS   base
-- ARGV   run, ticket, token, room (entries), most origins, tickets of the run, host concurrency, host interval (ms), 1 if the run obeys robots.txt,
--        budget (ms), most unreleased outcomes
-- Reply  [now, 'taken' | 'suspect' | 'cancelled' | 'paused' | 'full' | 'gone', entries, ready now, next time,
--        [tickets to wake], [other runs that were offered an origin], [[origins that are tried briefly], [origins that are tried once]],
--        until when the interval holds the first entry's origin, or 0, 1 if another run may be waiting for a slot]
--        The entries are one text: key origin newline payload newline for each.
--        The in-flight hash: '_' -> token, 'o:ORIGIN' -> number of its entries, KEY -> origin newline payload

--- @include "prelude"
--- @include "turn"

--- @include "origin-state"

--- @include "interval"

--- @include "logged"

-- Origins to look at beyond those to take, because some cannot be taken; and the most entries that one checkout sorts, which takes Redis 1 to 2 ms.
local SPARE_ORIGINS, MAX_SORTED = 32, 1000
if #ARGV ~= 11 then return redis.error_reply('ARGUMENTS of checkout') end
local ticket, token = ARGV[2], ARGV[3]
local room, mostOrigins, tickets = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local lanes, interval, obeys, budget, mostUnreleased = tonumber(ARGV[7]), tonumber(ARGV[8]), ARGV[9] == '1', tonumber(ARGV[10]), tonumber(ARGV[11])
local flight = run .. 'flight:' .. ticket

-- Other runs that were offered an origin.
local others = {}
local down, asking = {}, {}
local turnUntil = 0

-- The entries of an in-flight hash as one text: a reply with two texts for each entry would cost more than the entries.
local function entriesOf(held)
  local text = {}
  for i = 1, #held, 2 do
    if held[i] ~= '_' and held[i]:sub(1, 2) ~= 'o:' then
      text[#text + 1] = held[i]
      text[#text + 1] = held[i + 1]
      text[#text + 1] = '\n'
    end
  end
  return table.concat(text)
end

local function reply(kind, held)
  local readyNow, next = outlook(run)
  local idle = math.floor(tickets / 2) - visits()
  local wake = readyNow > 0 and idle > 0 and freeTickets(run, tickets, math.min(2, idle)) or {}
  local isShared = call('LLEN', base .. 'visits:wait') > 0 and call('ZCARD', base .. 'open') > 1
  return { now, kind, entriesOf(held), readyNow, next, wake, others, { down, asking }, turnUntil, isShared and 1 or 0 }
end

-- The earlier visit of the ticket is dead or cut off. Its entries go back to the front of their backlogs, with a mark.
local function takeBack()
  local held, leaving = call('HGETALL', flight), {}
  for i = 1, #held, 2 do
    local key, value = held[i], held[i + 1]
    if key:sub(1, 2) == 'o:' then
      leaving[#leaving + 1] = key:sub(3)
    elseif key ~= '_' then
      local split = value:find('\n', 1, true)
      -- chaos: take-back
      call('LPUSH', run .. 'backlog:' .. value:sub(1, split - 1), key .. value:sub(split + 1))
      -- chaos: first-death
      if call('HSETNX', run .. 'suspects', key, '-1 0') == 0 and readStrikes(key) < 0 then call('HSET', run .. 'suspects', key, '0 0') end
      count('inFlight', -1)
    end
  end
  call('DEL', flight)
  call('SREM', run .. 'held', ticket)
  for _, origin in ipairs(leaving) do leaveLane(origin, others) end
end

local previous = call('HGET', flight, '_')
if previous and previous ~= token then
  -- This checkout is late: its worker was cut off, and the job's next start has checked out already.
  local job, starts = token:match('^(.-):(%d+):')
  local heldJob, heldStarts = previous:match('^(.-):(%d+):')
  if job and job == heldJob and tonumber(starts) < tonumber(heldStarts) then return reply('gone', {}) end
  takeBack()
end
local meta = call('HMGET', run .. 'meta', 'openedAt', 'state', 'restored')
if not meta[1] then return { now, 'gone', '', 0, '', {}, others } end
local cancelled = meta[2] == 'cancelled'
if previous == token then
  -- The reply was lost.
  local held, kind = call('HGETALL', flight), cancelled and 'cancelled' or 'taken'
  for i = 1, #held, 2 do
    local strikes = readStrikes(held[i])
    if kind == 'taken' and strikes and strikes >= 0 then kind = 'suspect' end
  end
  return reply(kind, held)
end
-- chaos: paused-run
if meta[2] == 'paused' then return { now, 'paused', '', 0, '', {}, others } end
local settled = tonumber(call('HGET', run .. 'counts', 'settled') or 0)
local released = tonumber(call('HGET', run .. 'counts', 'released') or 0)
local restored = meta[3] and tonumber(call('HGET', run .. 'counts', 'restored') or 0)
if settled - released - (restored or 0) >= mostUnreleased then return { now, 'full', '', 0, '', {}, others } end

-- A cancelled run gives all entries, whatever they wait for: none of them will be fetched.
local upTo = cancelled and '+inf' or now
if cancelled then
  room, mostOrigins, lanes, interval, obeys = 1000, 1000, math.huge, 0, false
  for _, origin in ipairs(call('SPOP', run .. 'blocked', 1000)) do
    call('HDEL', base .. 'blocked:' .. origin, ARGV[1])
    offer(run, origin)
  end
end
for _, entry in ipairs(call('ZRANGE', run .. 'due', '-inf', upTo, 'BYSCORE', 'LIMIT', 0, cancelled and 1000 or 100)) do
  local split = entry:find('\n', 1, true)
  local origin = entry:sub(1, split - 1)
  call('ZREM', run .. 'due', entry)
  call('LPUSH', run .. 'backlog:' .. origin, entry:sub(split + 1))
  offer(run, origin)
end

if interval > 0 then room, mostOrigins = 1, 1 end

-- Unsorted entries join the backlogs of their origins: at least as many as this visit takes origins, so that ready origins do not keep them waiting for ever,
-- and more until there is enough to choose from.
local function sortIn()
  local readyNow, sorted = call('ZCOUNT', run .. 'ready', '-inf', now), 0
  while sorted < MAX_SORTED and (sorted < mostOrigins or readyNow < mostOrigins + SPARE_ORIGINS) do
    local entries = call('LPOP', run .. 'unsorted', math.max(mostOrigins, SPARE_ORIGINS))
    if not entries then break end
    for _, entry in ipairs(entries) do
      local split = entry:find('\n', 1, true)
      local origin = entry:sub(1, split - 1)
      call('RPUSH', run .. 'backlog:' .. origin, entry:sub(split + 1))
      offer(run, origin)
    end
    sorted = sorted + #entries
    readyNow = call('ZCOUNT', run .. 'ready', '-inf', now)
  end
  return readyNow + call('LLEN', run .. 'unsorted')
end

local readyNow = sortIn()
if interval == 0 and not cancelled then mostOrigins = math.min(mostOrigins, math.max(1, math.ceil(readyNow / tickets))) end

local CLASSES = { o = 'ok', f = 'failed', s = 'skipped', O = 'ok', F = 'failed', S = 'skipped' }
-- Pages with links that have their row are fetched again for their links, if these are not too deep.
local function revisit(backlog, entries)
  if #entries == 0 or cancelled then return end
  --- @include "seen"
  --- @constant ENTRY_DEPTH
  --- @constant ENTRY_EXTERNAL
  local most = linkOptions()
  if not most then return end
  useSeen(most)
  local again = {}
  for _, entry in ipairs(entries) do
    local key, packed = entry:sub(1, 16), cjson.decode(entry:sub(17))
    if packed[ENTRY_EXTERNAL] == 1 then
      -- It is external, and not followed from here.
    elseif leastDepth(key, packed[ENTRY_DEPTH] or 0) < most then
      again[#again + 1] = 'r' .. entry:sub(2)
    else
      -- At the greatest depth its links are not followed, until a shorter way is found.
      expand(key)
    end
  end
  if #again > 0 then call('RPUSH', backlog, unpack(again)) end
  count('discovered', #again)
  count('revisits', #again)
end

-- Removes up to 2,000 entries at the front of the backlog that are in the log.
local function dropLogged(backlog)
  for step = 1, 20 do
    local keys, sums, leading = {}, {}, {}
    for _, entry in ipairs(call('LRANGE', backlog, 0, 99)) do
      local class = loggedAs(entry:sub(1, 16))
      if not class then break end
      keys[#keys + 1], sums[class] = entry:sub(1, 16), (sums[class] or 0) + 1
      if class:find('%u') then leading[#leading + 1] = entry end
    end
    if #keys == 0 then return end
    call('LPOP', backlog, #keys)
    call('HDEL', run .. 'suspects', unpack(keys))
    call('HDEL', run .. 'sent', unpack(keys))
    for class, sum in pairs(sums) do count(CLASSES[class], sum) end
    count('settled', #keys)
    count('restored', #keys)
    revisit(backlog, leading)
  end
end

local function beforeLogged(backlog, share)
  if not restored then return share end
  for i, entry in ipairs(call('LRANGE', backlog, 0, share - 1)) do
    if loggedAs(entry:sub(1, 16)) then return i - 1 end
  end
  return share
end

-- How many of the first entries of the backlog may be taken, and whether that is a suspect, which is taken alone.
local suspects = not cancelled and call('EXISTS', run .. 'suspects') == 1
local function unsuspected(backlog, share, isFirst)
  if not suspects or share == 0 then return share, false end
  local keys = call('LRANGE', backlog, 0, share - 1)
  for i, entry in ipairs(keys) do keys[i] = entry:sub(1, 16) end
  for i, strikes in ipairs(call('HMGET', run .. 'suspects', unpack(keys))) do
    if strikes and strikes:sub(1, 1) ~= '-' then
      if i == 1 and isFirst then return 1, true end
      return i - 1, false
    end
  end
  return share, false
end

local paced = not cancelled and call('EXISTS', base .. 'pace') == 1
local missed = not cancelled and call('EXISTS', base .. 'misses') == 1
local held, origins, total, suspect = { '_', token }, 0, 0, false

-- Least time between starts of requests to the origin.
local function intervalOf(origin)
  if not obeys then return interval end
  return math.max(interval, tonumber(call('GET', base .. 'interval:' .. origin) or 0))
end

-- Takes what the visit may have of the origin. 'later': try other origins first. 'stop': leave the rest to another visit.
local function take(origin, isLast)
  local backlog = run .. 'backlog:' .. origin
  if restored then dropLogged(backlog) end
  local waiting = call('LLEN', backlog)
  local heldUntil = tonumber(call('GET', base .. 'hold:' .. origin) or 0)
  local busy = tonumber(call('HGET', base .. 'busy', origin) or 0)
  local misses, missedAt = 0, 0
  if missed then misses, missedAt = readMisses(origin) end
  local latency = call('HGET', base .. 'latency', origin)
  local pace = paced and readPace(origin)
  local limit = visitLimit(misses, pace and pace.lanes, lanes)
  if waiting == 0 then
    call('ZREM', run .. 'ready', origin)
    call('HDEL', base .. 'blocked:' .. origin, ARGV[1])
    call('HDEL', base .. 'latency', origin)
  elseif heldUntil > now and not cancelled then
    call('ZADD', run .. 'ready', heldUntil, origin)
  elseif busy >= limit then
    waitForLane(origin, limit, CLAIM_NEVER_ENDS)
  elseif not cancelled and busy >= besideOthers(origin, limit) then
    -- This can change without any visit ending, so look again soon.
    call('ZADD', run .. 'ready', now + 50, origin)
  else
    local apart = intervalOf(origin)
    if apart > 0 and isTurnTaken(origin) then
      call('ZADD', run .. 'ready', now + lookAgainMs(apart), origin)
      return
    end
    if not (isLast or cancelled) and isDoubtful({ busy = busy, hasAnswered = latency, misses = misses, missedAtMs = missedAt }, now) then return 'later' end
    if apart > 0 and total > 0 then return 'stop' end
    local share = cancelled and math.min(room, waiting) or math.max(1, math.min(room, math.ceil(waiting / lanes)))
    local mean = tonumber(latency or 0)
    if mean > 0 and not cancelled then share = math.max(1, math.min(share, math.floor(budget / mean))) end
    if misses >= SLOWED_AFTER or pace or apart > 0 then share = 1 end
    share, suspect = unsuspected(backlog, beforeLogged(backlog, share), total == 0)
    -- The first entry is for another visit: a suspect, while this visit has entries already, or more entries that are in the log.
    if share == 0 then return 'stop' end
    local entries = call('LPOP', backlog, share)
    for _, entry in ipairs(entries) do
      held[#held + 1] = entry:sub(1, 16)
      held[#held + 1] = origin .. '\n' .. entry:sub(17)
    end
    held[#held + 1] = 'o:' .. origin
    held[#held + 1] = #entries
    room, origins, total = room - #entries, origins + 1, total + #entries
    takeLane(origin)
    if suspect then room = 0 end
    local trial = trialOf(misses, pace and pace.asks or 0)
    if trial == 'briefly' then down[#down + 1] = origin end
    if trial == 'once' then asking[#asking + 1] = origin end
    if apart > 0 then
      turnUntil = now + apart
      call('SET', base .. 'hold:' .. origin, turnUntil, 'PX', apart)
      takeTurn(origin, flight, token)
    end
    if waiting == #entries then
      call('ZREM', run .. 'ready', origin)
      if latency then call('HDEL', base .. 'latency', origin) end
    elseif busy + 1 >= limit then
      waitForLane(origin, limit, CLAIM_PAST)
    else
      -- Put it behind the other ready origins, so that all get their turn.
      call('ZADD', run .. 'ready', now + apart, origin)
    end
  end
end

local doubtful = {}
for _, origin in ipairs(call('ZRANGE', run .. 'ready', '-inf', upTo, 'BYSCORE', 'LIMIT', 0, mostOrigins + SPARE_ORIGINS)) do
  if origins == mostOrigins or room == 0 then break end
  local what = take(origin, false)
  if what == 'stop' then break end
  if what == 'later' then doubtful[#doubtful + 1] = origin end
end
for _, origin in ipairs(doubtful) do
  if total == 0 then
    take(origin, true)
  else
    -- Put them behind those that other visits look at next.
    call('ZADD', run .. 'ready', 'XX', now, origin)
  end
end

if total == 0 then return reply('taken', {}) end
call('HSET', flight, unpack(held))
call('SADD', run .. 'held', ticket)
count('inFlight', total)
return reply(cancelled and 'cancelled' or suspect and 'suspect' or 'taken', held)
