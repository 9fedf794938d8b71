-- Included by settle, behind prelude and seen: how the links of a page join the frontier. The links of a page come as one text (packLinks in wire-format.ts):
--
--     PAGE_KEY DEPTH last|part PARTS_DEPTH REASON COUNT ...
--     oORIGIN tab DEPTH tab HEAD tab TAIL
--     KEY PATH
--     KEY PATH
--     ...
--
-- - PARTS_DEPTH is the depth from which earlier parts of the page were pushed, or nothing. REASON COUNT tells which links the caller left out.
-- - A line with o tells what the links after it have in common. External links have an x in its place.
-- - The payload of a link is [PATH HEAD DEPTH TAIL. It is made here, only for links that are new: about one in thirty.

--- @include "link-refusal"

local links = { hosts = {} }
do
  local depth, maxUrls, maxUrlsPerHost, hasEnded, checksExternal, isRestored = linkOptions()
  local urls, unmetRows = useSeen(depth, checksExternal)
  links.bounds = { depth = depth or 0, maxUrls = maxUrls, maxUrlsPerHost = maxUrlsPerHost }
  links.ended, links.isRestored, links.urls = hasEnded, isRestored, urls + unmetRows
end

local function pageOf(text)
  local key, depth, part, before, reasons = text:match('^(%S+) (%d+) (%a+) (%d*) ?([^\n]*)')
  return key and { key = key, depth = tonumber(depth), isLast = part == 'last', before = tonumber(before), reasons = reasons, text = text }
end

-- The number of the run's URLs on the host, including those that this script adds.
local function hostCount(name)
  local host = links.hosts[name]
  if not host then
    host = { before = tonumber(call('HGET', run .. 'hosts', name) or 0), added = 0 }
    links.hosts[name] = host
  end
  return host
end

-- New links join their backlogs, and so do revisits of pages that turn out to be nearer. Returns the depth of the page, and how many links were left out, by
-- reason.
local function pushLinks(page)
  local text, depth = page.text, nil
  local leftOut, joining, discovered, revisits, metRows = {}, {}, 0, 0, 0
  local least = leastDepth(page.key, page.depth)
  local origin, head, tail, list, host, metAt, value
  local at = (text:find('\n', 1, true) or #text) + 1
  while at <= #text do
    local stop = text:find('\n', at, true) or #text + 1
    local first = text:byte(at)
    if first == 111 or first == 120 then
      local given
      origin, given, head, tail = text:sub(at + 1, stop - 1):match('^([^\t]*)\t(%d+)\t([^\t]*)\t([^\t]*)$')
      depth = seen.exact and least + 1 or tonumber(given)
      metAt, value = depth, seenValue(depth)
      if first == 120 then metAt, value = seen.most, seenValue(seen.most, true) end
      list, host = joining[origin] or {}, hostCount(hostOf(origin))
      joining[origin] = list
    else
      local link = text:sub(at, at + 15)
      local met, bucket, member = meet(link, metAt)
      if met == 'new' then
        local hasRow = links.isRestored and loggedAs(link) ~= nil
        local place = { depth = depth, hasRow = hasRow, urls = links.urls, hostUrls = host.before + host.added }
        local reason = linkRefusal(place, links.bounds)
        if reason then
          leftOut[reason] = (leftOut[reason] or 0) + 1
        else
          add(link, value, bucket, member)
          discovered, host.added = discovered + 1, host.added + 1
          -- A URL with a row already counts as one of the run's.
          if hasRow then metRows = metRows + 1 else links.urls = links.urls + 1 end
          list[#list + 1] = link .. '[' .. text:sub(at + 17, stop - 1) .. head .. depth .. tail
        end
      elseif met == 'expanded' then
        revisits = revisits + 1
        list[#list + 1] = 'r' .. link:sub(2) .. '[' .. text:sub(at + 17, stop - 1) .. head .. depth .. tail
      end
    end
    at = stop + 1
  end
  for where, entries in pairs(joining) do join(where, entries) end
  count('discovered', discovered + revisits)
  count('revisits', revisits)
  count('unmetRows', -metRows)
  return least, leftOut
end

local function countHosts()
  for name, host in pairs(links.hosts) do
    if host.added > 0 then call('HINCRBY', run .. 'hosts', name, host.added) end
  end
end

local function countLeftOut(leftOut, reasons)
  for reason, by in pairs(leftOut) do count('left:' .. reason, by) end
  for reason, by in reasons:gmatch('(%S+) (%d+)') do count('left:' .. reason, by) end
end
