import { PRELUDE } from './prelude.ts';

/**
 * open: the run exists. A run that exists already keeps its options.
 *
 * KEYS  base
 * ARGV  run, options (JSON)
 * Out   now
 * Errors REMOVED: a run of that id was removed not long ago, and what is left of its batches must not bring it back
 */
export const OPEN = `${PRELUDE}
if #ARGV ~= 2 then return redis.error_reply('ARGUMENTS of open') end
if call('EXISTS', base .. 'removed:' .. ARGV[1]) == 1 then return redis.error_reply('REMOVED') end
if call('EXISTS', run .. 'meta') == 0 then
  call('HSET', run .. 'meta', 'options', ARGV[2], 'openedAt', now)
  call('ZADD', base .. 'runs', now, ARGV[1])
  call('ZADD', base .. 'open', now, ARGV[1])
end
return now
`;
