-- Included by scripts that meet entries: which of them have a row in the collector's log.

-- ok, failed and skipped rows, in upper case if the page has links.
local LOGGED = 'ofsOFS'

-- The set and the member which say that an entry has a row of this class. 48 bits of the key and three for the class fit a double and an intset.
local function restoredRow(key, class)
  return run .. 'restored:' .. key:sub(1, 4), string.format('%.0f', tonumber(key:sub(5), 16) * 8 + LOGGED:find(class, 1, true) - 1)
end

-- The class of the entry's row. Nil if it has none.
local function loggedAs(key)
  local bucket, members = nil, {}
  for i = 1, #LOGGED do bucket, members[i] = restoredRow(key, LOGGED:sub(i, i)) end
  for i, hit in ipairs(call('SMISMEMBER', bucket, unpack(members))) do
    if hit == 1 then return LOGGED:sub(i, i) end
  end
end
