import { PRELUDE } from './prelude.ts';

/**
 * claim: the caller collects the run until the lease runs out, unless another does, or the run's log lives in another folder.
 *
 * KEYS  base
 * ARGV  run, collector, folder, lease (ms)
 * Out   ['claimed' | 'held' | 'elsewhere', the collector or folder that has it]
 * Errors UNKNOWN_RUN
 */
export const CLAIM = `${PRELUDE}
local lease = tonumber(ARGV[4])
if not lease then return redis.error_reply('ARGUMENTS of claim') end
if call('EXISTS', run .. 'meta') == 0 then return redis.error_reply('UNKNOWN_RUN') end
local folder = call('HGET', run .. 'meta', 'folder')
if folder and folder ~= ARGV[3] then return { 'elsewhere', folder } end
local holder = call('GET', run .. 'lease')
if holder and holder ~= ARGV[2] then return { 'held', holder } end
call('HSET', run .. 'meta', 'folder', ARGV[3])
call('SET', run .. 'lease', ARGV[2], 'PX', lease)
return { 'claimed', ARGV[2] }
`;
