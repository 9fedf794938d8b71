import { PRELUDE } from './prelude.ts';

/**
 * seal: no batch beyond the first N will come.
 *
 * KEYS  base
 * ARGV  run, number of batches, or '' for those that were submitted
 * Out   now
 * Errors UNKNOWN_RUN; CONFLICT if it was sealed at another number, or a batch beyond it was pushed
 */
export const SEAL = `${PRELUDE}
local batches = tonumber(ARGV[2])
if ARGV[2] == '' then batches = math.max(call('HLEN', run .. 'batches'), call('HLEN', run .. 'promised')) end
if not batches then return redis.error_reply('ARGUMENTS of seal') end
if call('EXISTS', run .. 'meta') == 0 then return redis.error_reply('UNKNOWN_RUN') end
local sealedAt = call('HGET', run .. 'meta', 'sealedAt')
if sealedAt and tonumber(sealedAt) ~= batches then return redis.error_reply('CONFLICT') end
if call('HLEN', run .. 'batches') > batches then return redis.error_reply('CONFLICT') end
call('HSET', run .. 'meta', 'sealedAt', batches)
return now
`;
