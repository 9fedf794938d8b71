import { PRELUDE } from './prelude.ts';

/**
 * claim: the caller collects the run until the lease runs out, unless another does, or the run's log lives in another folder. To renew, nobody else
 * may have had it since the caller did: what another collector released, the caller would miss. A collector that leaves gives up its lease, if it still has it.
 *
 * A collector frees memory, so this works on a Redis that is full: such a Redis refuses only a script's first write, and only if that could take
 * memory, which PEXPIRE cannot.
 *
 * KEYS  base
 * ARGV  run, collector, folder, lease (ms), 'fresh' | 'renew' | 'leave'
 * Out   ['first' | 'again' | 'held' | 'elsewhere' | 'lapsed', the collector or folder that has it, or had it last]
 * Errors UNKNOWN_RUN
 */
export const CLAIM = `${PRELUDE}
local lease = tonumber(ARGV[4])
if not lease or (ARGV[5] ~= 'fresh' and ARGV[5] ~= 'renew' and ARGV[5] ~= 'leave') then return redis.error_reply('ARGUMENTS of claim') end
if call('EXISTS', run .. 'meta') == 0 then return redis.error_reply('UNKNOWN_RUN') end
local folder, collector = unpack(call('HMGET', run .. 'meta', 'folder', 'collector'))
if ARGV[5] == 'leave' then
  if call('GET', run .. 'lease') == ARGV[2] then call('DEL', run .. 'lease') end
  return { 'again', ARGV[2] }
end
if folder and folder ~= ARGV[3] then return { 'elsewhere', folder } end
local holder = call('GET', run .. 'lease')
if holder and holder ~= ARGV[2] then return { 'held', holder } end
if ARGV[5] == 'renew' and collector ~= ARGV[2] then return { 'lapsed', collector or 'nobody' } end
if call('PEXPIRE', run .. 'lease', lease) == 0 then call('SET', run .. 'lease', ARGV[2], 'PX', lease) end
if not folder or collector ~= ARGV[2] then call('HSET', run .. 'meta', 'folder', ARGV[3], 'collector', ARGV[2]) end
return { folder and 'again' or 'first', ARGV[2] }
`;
