-- Included by seen: the value of a URL that the run has seen. Twin of src/engine/rules/seen-value.ts, which explains it.

local function seenValue(depth, expanded)
  return 2 * depth + (expanded and 1 or 0)
end

local function depthOf(value)
  return math.floor(value / 2)
end

local function isExpanded(value)
  return value % 2 == 1
end

local function meetAgain(value, depth)
  if depthOf(value) <= depth then return 'known' end
  return isExpanded(value) and 'expanded' or 'nearer'
end
