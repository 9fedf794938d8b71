-- claim: the caller collects the run until the lease runs out, unless another collector does or the run's log is in another folder.
--
-- - 'fresh' takes the lease.
-- - 'renew' takes it only if no other collector had it since the caller did: the caller would miss what the other one released.
-- - 'leave' gives the lease up, if the caller still has it.
--
-- A collector frees memory, so this works on a Redis that is full: such a Redis refuses a script only if its first write could take memory, which PEXPIRE
-- cannot.
--
-- KEYS   base
-- ARGV   run, collector, folder, lease (ms), 'fresh' | 'renew' | 'leave'
-- Reply  ['first' | 'again' | 'held' | 'elsewhere' | 'lapsed', the collector or folder that has the run, or had it last]
-- Errors UNKNOWN_RUN

--- @include "prelude"

local lease = tonumber(ARGV[4])
if not lease or (ARGV[5] ~= 'fresh' and ARGV[5] ~= 'renew' and ARGV[5] ~= 'leave') then return redis.error_reply('ARGUMENTS of claim') end
if call('EXISTS', run .. 'meta') == 0 then return redis.error_reply('UNKNOWN_RUN there is no such run') end
local folder, collector = unpack(call('HMGET', run .. 'meta', 'folder', 'collector'))
if ARGV[5] == 'leave' then
  if call('GET', run .. 'lease') == ARGV[2] then call('DEL', run .. 'lease') end
  return { 'again', ARGV[2] }
end
if folder and folder ~= ARGV[3] then return { 'elsewhere', folder } end
local holder = call('GET', run .. 'lease')
-- chaos: claim-held
if holder and holder ~= ARGV[2] then return { 'held', holder } end
-- chaos: claim-lapsed
if ARGV[5] == 'renew' and collector ~= ARGV[2] then return { 'lapsed', collector or 'nobody' } end
if call('PEXPIRE', run .. 'lease', lease) == 0 then call('SET', run .. 'lease', ARGV[2], 'PX', lease) end
if not folder or collector ~= ARGV[2] then call('HSET', run .. 'meta', 'folder', ARGV[3], 'collector', ARGV[2]) end
return { folder and 'again' or 'first', ARGV[2] }
