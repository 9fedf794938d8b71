-- open: creates the run. A run that exists already keeps its options.
--
-- KEYS   base
-- ARGV   run, options (JSON), link options
--        The link options are '' if the run follows no links, and otherwise DEPTH MAX_URLS MAX_OF_HOST, followed by "external" if the run requests links
--        that leave its scope. MAX_URLS is -1 if there is no limit.
-- Reply  now
-- Errors REMOVED: a run with this id was removed less than a day ago, and batches of it that are still queued must not bring it back

--- @include "prelude"

if #ARGV ~= 3 then return redis.error_reply('ARGUMENTS of open') end
if call('EXISTS', base .. 'removed:' .. ARGV[1]) == 1 then return redis.error_reply('REMOVED the run was removed') end
if call('EXISTS', run .. 'meta') == 0 then
  call('HSET', run .. 'meta', 'options', ARGV[2], 'openedAt', now)
  if ARGV[3] ~= '' then call('HSET', run .. 'meta', 'links', ARGV[3]) end
  call('ZADD', base .. 'runs', now, ARGV[1])
  call('ZADD', base .. 'open', now, ARGV[1])
end
return now
