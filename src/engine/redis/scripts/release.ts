import { PRELUDE } from './prelude.ts';

/**
 * release: the outcome stream up to and with an entry is on the collector's disk and goes.
 *
 * KEYS  base
 * ARGV  run, collector, stream id, the id that follows it
 * Out   1, or 0 if the collector has lost its claim
 */
export const RELEASE = `${PRELUDE}
if #ARGV ~= 4 then return redis.error_reply('ARGUMENTS of release') end
local holder = call('GET', run .. 'lease')
if holder and holder ~= ARGV[2] then return 0 end
local entry = call('XRANGE', run .. 'outcomes', ARGV[3], ARGV[3])[1]
if entry then
  call('HSET', run .. 'counts', 'released', entry[2][4])
  call('XTRIM', run .. 'outcomes', 'MINID', ARGV[4])
end
return 1
`;
