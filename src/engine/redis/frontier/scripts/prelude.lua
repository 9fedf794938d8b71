-- Included at the start of every script: the names that all scripts use, and the steps that several share.
--
-- KEYS[1] is the base of all key names, and ARGV[1] is the run (an origin in the scripts of robots.txt).
--
-- The clock is that of Redis, so that no worker's clock matters. Integers stay exact: Lua prints doubles with 14 digits, and times in ms have 13.
--
-- Redis does not roll a script back, so each script checks its arguments before its first write.
--
-- An error is a code and a text: 'REMOVED the run was removed'. Redis takes a reply without a space for a text, and puts the code ERR before it.

local call = redis.call
local base = KEYS[1]
local run = base .. 'run:' .. (ARGV[1] or '') .. ':'
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function count(name, by)
  if by ~= 0 then call('HINCRBY', run .. 'counts', name, by) end
end

-- Makes the origin ready now, or as if since another time, unless its backlog waits for a lane or the ready set has a time for it already.
local function offer(runPrefix, origin, since)
  if call('SISMEMBER', runPrefix .. 'blocked', origin) == 0 then call('ZADD', runPrefix .. 'ready', 'NX', since or now, origin) end
end

-- Adds entries of an origin to the run's frontier. If there are few and the origin has no backlog, they join the unsorted list, because a backlog and a place
-- in the ready set would cost several times their own size.
local FEW = 3
local function join(origin, entries)
  if #entries == 0 then return end
  local backlog = run .. 'backlog:' .. origin
  if #entries <= FEW and call('EXISTS', backlog) == 0 then
    for i, entry in ipairs(entries) do entries[i] = origin .. '\n' .. entry end
    call('RPUSH', run .. 'unsorted', unpack(entries))
  else
    call('RPUSH', backlog, unpack(entries))
    offer(run, origin)
  end
end

--- @include "fairness"

local function claim(id, origin, limit, untilMs)
  call('HSET', base .. 'blocked:' .. origin, id, limit .. ' ' .. untilMs)
end

-- Makes the run's backlog of the origin wait until fewer visits than its limit hold the origin.
local function waitForLane(origin, limit, untilMs)
  call('ZREM', run .. 'ready', origin)
  call('SADD', run .. 'blocked', origin)
  claim(ARGV[1], origin, limit, untilMs)
end

-- The most visits to the origin at which this run may take another lane of it, beside other runs that wait for one.
local function besideOthers(origin, limit)
  local waiting, claims = call('HGETALL', base .. 'blocked:' .. origin), {}
  for i = 1, #waiting, 2 do
    if waiting[i] ~= ARGV[1] then
      local lower, untilMs = waiting[i + 1]:match('^(%d+) (%d+)$')
      claims[#claims + 1] = { limit = tonumber(lower), untilMs = tonumber(untilMs) }
    end
  end
  return limitBeside(limit, claims, now)
end

local function takeLane(origin)
  call('HINCRBY', base .. 'busy', origin, 1)
  call('HDEL', base .. 'blocked:' .. origin, ARGV[1])
end

-- A visit leaves the origin. Its lane is offered to each run that waits for one and may take it. Other runs among them are added to the list.
local function leaveLane(origin, others)
  local busy = call('HINCRBY', base .. 'busy', origin, -1)
  if busy <= 0 then call('HDEL', base .. 'busy', origin) end
  local waiting = call('HGETALL', base .. 'blocked:' .. origin)
  for i = 1, #waiting, 2 do
    local id, limit = waiting[i], tonumber(waiting[i + 1]:match('^%d+'))
    local other, isOwn = base .. 'run:' .. id .. ':', id == ARGV[1]
    if call('SISMEMBER', other .. 'blocked', origin) == 1 then
      if busy < limit then
        call('SREM', other .. 'blocked', origin)
        if isOwn or call('EXISTS', other .. 'backlog:' .. origin) == 0 then
          call('HDEL', base .. 'blocked:' .. origin, id)
        else
          claim(id, origin, limit, now + OFFER_MS)
          offer(other, origin)
          others[#others + 1] = id
        end
      elseif isOwn then
        claim(id, origin, limit, CLAIM_NEVER_ENDS)
      end
    end
  end
  if call('EXISTS', run .. 'backlog:' .. origin) == 1 then offer(run, origin) end
end

-- The strikes against an entry: the number of fetches as a suspect (-1: one dead worker held it, and it is not a suspect yet), when the last of them began, and
-- under which token. Nil if there are none.
local function readStrikes(key)
  local mark = call('HGET', run .. 'suspects', key)
  if not mark then return nil end
  local strikes, last, by = mark:match('^(%-?%d+) (%d+) ?(.*)$')
  return tonumber(strikes), tonumber(last), by
end

-- Adds one entry to the outcome stream: the joined lines, and how many outcomes the run has had including them.
local function record(lines, rows)
  local total = call('HINCRBY', run .. 'counts', 'settled', rows) - tonumber(call('HGET', run .. 'counts', 'restored') or 0)
  -- chaos: outcome-added
  call('XADD', run .. 'outcomes', '*', 'lines', lines, 'total', total)
end

-- What can be done now (ready origins, unsorted and due entries), and the next time at which there will be something, or ''.
local function outlook(runPrefix)
  local unsorted = call('LLEN', runPrefix .. 'unsorted')
  if unsorted > 0 then
    return unsorted + call('ZCOUNT', runPrefix .. 'ready', '-inf', now) + call('ZCOUNT', runPrefix .. 'due', '-inf', now), string.format('%.0f', now)
  end
  local ready = call('ZRANGE', runPrefix .. 'ready', 0, 0, 'WITHSCORES')[2]
  local due = call('ZRANGE', runPrefix .. 'due', 0, 0, 'WITHSCORES')[2]
  local next = ready
  if due and (not next or tonumber(due) < tonumber(next)) then next = due end
  if not next then return 0, '' end
  if tonumber(next) > now then return 0, next end
  return call('ZCOUNT', runPrefix .. 'ready', '-inf', now) + call('ZCOUNT', runPrefix .. 'due', '-inf', now), next
end

-- Up to n tickets that hold no entries, in rotation. A run has twice as many tickets as the cluster has slots, so there are some.
local function freeTickets(runPrefix, tickets, n)
  local free = {}
  local turn = call('HINCRBY', runPrefix .. 'counts', 'turn', n)
  for step = 1, tickets do
    if #free >= n then break end
    local ticket = (turn + step) % tickets
    if call('SISMEMBER', runPrefix .. 'held', ticket) == 0 then free[#free + 1] = ticket end
  end
  return free
end

-- The number of queued and active visits of all runs.
local function visits()
  return call('LLEN', base .. 'visits:active') + call('LLEN', base .. 'visits:wait')
end
