import { PRELUDE } from './prelude.ts';

/**
 * open: the run exists. A run that exists already keeps its options.
 *
 * KEYS  base
 * ARGV  run, options (JSON), '' or what scripts need to know of them where links are followed: `depth, most URLs (-1: any number), most of a host`, with spaces between them, and ` external` behind if links that leave the scope are requested
 * Out   now
 * Errors REMOVED: a run of that id was removed not long ago, and what is left of its batches must not bring it back
 */
export const OPEN = `${PRELUDE}
if #ARGV ~= 3 then return redis.error_reply('ARGUMENTS of open') end
if call('EXISTS', base .. 'removed:' .. ARGV[1]) == 1 then return redis.error_reply('REMOVED') end
if call('EXISTS', run .. 'meta') == 0 then
  call('HSET', run .. 'meta', 'options', ARGV[2], 'openedAt', now)
  if ARGV[3] ~= '' then call('HSET', run .. 'meta', 'links', ARGV[3]) end
  call('ZADD', base .. 'runs', now, ARGV[1])
  call('ZADD', base .. 'open', now, ARGV[1])
end
return now
`;
