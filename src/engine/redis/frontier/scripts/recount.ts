import { PRELUDE } from './prelude.ts';

/**
 * recount: counts anew how many visits hold each of the origins, from the in-flight hashes of all tickets, and corrects `busy` where it says something else.
 * Nothing can happen in between, so that live visits do no harm. An origin that turns out to have free lanes is offered to the runs that wait for it.
 *
 * KEYS  base
 * ARGV  '', origin …
 * Out   [[[origin, visits counted before, visits that hold it] … that were wrong], [runs that were offered an origin]]
 */
export const RECOUNT = `${PRELUDE}
local origins, fields, holding = {}, {}, {}
for i = 2, #ARGV do
  origins[#origins + 1] = ARGV[i]
  fields[#fields + 1] = 'o:' .. ARGV[i]
  holding[#holding + 1] = 0
end
if #origins == 0 then return redis.error_reply('ARGUMENTS of recount') end
for _, state in ipairs({ 'open', 'ended' }) do
  for _, id in ipairs(call('ZRANGE', base .. state, 0, -1)) do
    local prefix = base .. 'run:' .. id .. ':'
    for _, ticket in ipairs(call('SMEMBERS', prefix .. 'held')) do
      for i, entries in ipairs(call('HMGET', prefix .. 'flight:' .. ticket, unpack(fields))) do
        if entries then holding[i] = holding[i] + 1 end
      end
    end
  end
end
local corrected, others = {}, {}
for i, origin in ipairs(origins) do
  local before = tonumber(call('HGET', base .. 'busy', origin) or 0)
  if before ~= holding[i] then
    corrected[#corrected + 1] = { origin, before, holding[i] }
    -- One more, which then leaves: those that wait are offered its lane.
    call('HSET', base .. 'busy', origin, holding[i] + 1)
    leaveLane(origin, others)
  end
end
return { corrected, others }
`;
