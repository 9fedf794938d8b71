import { PRELUDE } from './prelude.ts';

/**
 * settle: entries leave the ticket's in-flight hash: with an outcome, which joins the outcome stream in the same step; to wait for a time; or back to
 * the front of their backlog. An entry that is no longer in the hash is passed over, so repeating a settle changes nothing; a token that is no longer
 * the ticket's settles nothing at all. The last entry of an origin frees its lane and offers the origin to every run that waited for it.
 *
 * KEYS  base
 * ARGV  run, ticket, token, number of origin reports, (origin, hold (ms), mean latency (ms)) for each, then (key, kind, payload) for each entry:
 *       kind 'ok' | 'failed' | 'skipped' with the outcome line, 'retry:AFTER_MS' with the entry to come, 'back' with the entry
 * Out   [1 | -1 fenced, now, ready now, next time, entries still held, [other runs that were offered an origin]]
 */
export const SETTLE = `${PRELUDE}
local ticket, token, reports = ARGV[2], ARGV[3], tonumber(ARGV[4])
local FIRST = 5 + 3 * (reports or 0)
if not reports or (#ARGV - FIRST + 1) % 3 ~= 0 then return redis.error_reply('ARGUMENTS of settle') end
for i = FIRST, #ARGV, 3 do
  local kind = ARGV[i + 1]
  if kind ~= 'ok' and kind ~= 'failed' and kind ~= 'skipped' and kind ~= 'back' and not kind:find('^retry:%d+$') then
    return redis.error_reply('ARGUMENTS of settle: kind ' .. kind)
  end
end
local flight = run .. 'flight:' .. ticket
if call('HGET', flight, '_') ~= token then
  return { -1, now, outlook(run) }
end

local others = {}
local function leaveLane(origin)
  if call('HINCRBY', base .. 'busy', origin, -1) <= 0 then call('HDEL', base .. 'busy', origin) end
  if call('EXISTS', run .. 'backlog:' .. origin) == 1 then offer(run, origin) end
  local blocked = base .. 'blocked:' .. origin
  for _, id in ipairs(call('SMEMBERS', blocked)) do
    local other = base .. 'run:' .. id .. ':'
    if id ~= ARGV[1] and call('EXISTS', other .. 'backlog:' .. origin) == 1 then
      offer(other, origin)
      others[#others + 1] = id
    end
  end
  call('DEL', blocked)
end

for i = 5, FIRST - 1, 3 do
  local origin, holdMs, latency = ARGV[i], tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2])
  local hold = base .. 'hold:' .. origin
  if holdMs > 0 and tonumber(call('GET', hold) or 0) < now + holdMs then call('SET', hold, now + holdMs, 'PX', holdMs) end
  if latency > 0 and call('EXISTS', run .. 'backlog:' .. origin) == 1 then
    call('HSET', base .. 'latency', origin, latency)
  else
    call('HDEL', base .. 'latency', origin)
  end
end

local keys, lines, settled = {}, {}, {}
local left = { ok = 0, failed = 0, skipped = 0, retries = 0, back = 0 }
for i = FIRST, #ARGV, 3 do keys[#keys + 1] = ARGV[i] end
for index, held in ipairs(#keys > 0 and call('HMGET', flight, unpack(keys)) or {}) do
  if held then
    local at = FIRST + 3 * (index - 1)
    local key, kind, payload = ARGV[at], ARGV[at + 1], ARGV[at + 2]
    local origin = held:sub(1, held:find('\\n', 1, true) - 1)
    settled[origin] = (settled[origin] or 0) + 1
    if kind == 'back' then
      call('LPUSH', run .. 'backlog:' .. origin, key .. payload)
      offer(run, origin)
      left.back = left.back + 1
    elseif kind:sub(1, 6) == 'retry:' then
      call('ZADD', run .. 'due', now + tonumber(kind:sub(7)), origin .. '\\n' .. key .. payload)
      left.retries = left.retries + 1
    else
      lines[#lines + 1] = payload
      left[kind] = left[kind] + 1
    end
  end
end
if #keys > 0 then call('HDEL', flight, unpack(keys)) end
for origin, entries in pairs(settled) do
  if call('HINCRBY', flight, 'o:' .. origin, -entries) == 0 then
    call('HDEL', flight, 'o:' .. origin)
    leaveLane(origin)
  end
end

count('ok', left.ok)
count('failed', left.failed)
count('skipped', left.skipped)
count('retries', left.retries)
count('inFlight', -(#lines + left.retries + left.back))
if #lines > 0 then record(table.concat(lines, '\\n'), #lines) end
local held = call('HLEN', flight) - 1
if held == 0 then
  call('DEL', flight)
  call('SREM', run .. 'held', ticket)
end
local readyNow, next = outlook(run)
return { 1, now, readyNow, next, held, others }
`;
