import { PRELUDE } from './prelude.ts';

/**
 * send: a request that must not be sent twice is about to go out, and that is written down before: whoever finds the entry after this worker's death, or after its
 * visit was lost, does not send it again. The mark goes when the entry is settled, and when the visit that made it gives the entry
 * back: then it was not sent.
 *
 * KEYS  base
 * ARGV  run, ticket, token, key
 * Out   'send' | 'sent' by an earlier visit | 'fenced'
 */
export const SEND = `${PRELUDE}
local ticket, token, key = ARGV[2], ARGV[3], ARGV[4]
if not key then return redis.error_reply('ARGUMENTS of send') end
local flight = run .. 'flight:' .. ticket
if call('HGET', flight, '_') ~= token or call('HEXISTS', flight, key) == 0 then return 'fenced' end
local by = call('HGET', run .. 'sent', key)
if by and by ~= token then return 'sent' end
call('HSET', run .. 'sent', key, token)
return 'send'
`;
