-- survey: a worker process reports that it is alive, and learns how many slots the cluster has and where the open runs stand. Runs that have ended leave the
-- list of open runs. Each second, one process is the janitor: it also gets the tickets to wake for idle slots, and the tickets that hold entries.
--
-- KEYS   base
-- ARGV   worker, slots (0: it leaves), time to live (ms), how long an ended run is kept (ms),
--        what the worker has done lately ('': the same as last time)
-- Reply  [now, slots of all workers,
--        [[run, ready now, next time, [tickets to wake], [tickets that hold entries], 1 if batches are stored], ...],
--        [runs that have just ended], [runs to remove]]
--        The last three are empty for all but the janitor.

--- @include "prelude"

local worker, slots, ttl, kept = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
if not slots or not ttl or not kept then return redis.error_reply('ARGUMENTS of survey') end

local member = slots .. ' ' .. worker
local activity = base .. 'activity:' .. worker
if slots > 0 then
  call('ZADD', base .. 'workers', now + ttl, member)
  if ARGV[5] ~= '' then call('SET', activity, ARGV[5], 'PX', ttl) else call('PEXPIRE', activity, ttl) end
else
  call('DEL', activity)
end
call('ZREMRANGEBYSCORE', base .. 'workers', '-inf', now)
local all = 0
for _, other in ipairs(call('ZRANGE', base .. 'workers', 0, -1)) do
  if slots == 0 and other:sub(other:find(' ', 1, true) + 1) == worker then
    call('ZREM', base .. 'workers', other)
  else
    all = all + tonumber(other:match('^%d+'))
  end
end
if slots == 0 or not call('SET', base .. 'janitor', worker, 'NX', 'PX', 900) then return { now, all, {}, {}, {} } end

local runs, ended, expired, idle = {}, {}, {}, all - visits()
for _, id in ipairs(call('ZRANGE', base .. 'open', 0, -1)) do
  local prefix = base .. 'run:' .. id .. ':'
  local counts = call('HMGET', prefix .. 'counts', 'accepted', 'discovered', 'settled')
  local sealedAt = call('HGET', prefix .. 'meta', 'sealedAt')
  local complete = sealedAt and call('HLEN', prefix .. 'batches') == tonumber(sealedAt)
  if complete and tonumber(counts[1] or 0) + tonumber(counts[2] or 0) == tonumber(counts[3] or 0) then
    call('ZREM', base .. 'open', id)
    call('ZADD', base .. 'ended', now, id)
    ended[#ended + 1] = id
  else
    local readyNow, next = outlook(prefix)
    local state = call('HGET', prefix .. 'meta', 'state')
    if state == 'paused' then readyNow, next = 0, '' end
    -- A cancelled run gives all entries at once, whatever they wait for.
    if state == 'cancelled' then
      readyNow = call('LLEN', prefix .. 'unsorted') + call('ZCARD', prefix .. 'ready') + call('ZCARD', prefix .. 'due') + call('SCARD', prefix .. 'blocked')
    end
    local wake = {}
    if readyNow > 0 and idle > 0 then wake = freeTickets(prefix, 2 * all, math.min(math.max(2, readyNow), idle)) end
    runs[#runs + 1] = { id, readyNow, next, wake, call('SMEMBERS', prefix .. 'held'), call('EXISTS', prefix .. 'storedOrder') }
  end
end
for _, id in ipairs(call('ZRANGE', base .. 'ended', '-inf', now - kept, 'BYSCORE', 'LIMIT', 0, 10)) do
  local counts = call('HMGET', base .. 'run:' .. id .. ':counts', 'settled', 'released', 'restored')
  if tonumber(counts[1] or 0) == tonumber(counts[2] or 0) + tonumber(counts[3] or 0) then
    expired[#expired + 1] = id
  else
    -- It is not collected yet: keep it for as long again, behind the others.
    call('ZADD', base .. 'ended', now, id)
  end
end
return { now, all, runs, ended, expired }
