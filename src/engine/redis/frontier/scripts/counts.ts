import { PRELUDE } from './prelude.ts';

/**
 * counts: the books of a run at one moment. Reads only, so that it works on a Redis that is full.
 *
 * KEYS  base
 * ARGV  run
 * Out   [[field, value …] of the counts, sealedAt, state, batches pushed]
 * Errors UNKNOWN_RUN
 */
export const COUNTS = `${PRELUDE}
local meta = call('HMGET', run .. 'meta', 'openedAt', 'sealedAt', 'state')
if not meta[1] then return redis.error_reply('UNKNOWN_RUN') end
return { call('HGETALL', run .. 'counts'), meta[2], meta[3], call('HLEN', run .. 'batches') }
`;
