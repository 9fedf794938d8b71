import { PRELUDE } from './prelude.ts';

/** Origins that one look takes in: a millisecond of Redis's time. */
const MOST_ORIGINS = 1_000;

/**
 * bound: the entries of the origin that has most of the run's, among a thousand chosen at random if there are more.
 *
 * KEYS  base
 * ARGV  run
 * Out   entries
 */
export const BOUND = `${PRELUDE}
local most = 0
for _, origins in ipairs({ call('ZRANDMEMBER', run .. 'ready', ${MOST_ORIGINS}), call('SRANDMEMBER', run .. 'blocked', ${MOST_ORIGINS}) }) do
  for _, origin in ipairs(origins) do most = math.max(most, call('LLEN', run .. 'backlog:' .. origin)) end
end
return most
`;
