-- Included by links: why a link that the run has not seen is left out, or nil. Twin of src/engine/rules/link-refusal.ts. maxUrls is -1 if there is no limit.

local function linkRefusal(place, bounds)
  if place.depth > bounds.depth then return 'depth' end
  if place.hasRow then return nil end
  if bounds.maxUrls >= 0 and place.urls >= bounds.maxUrls then return 'max-urls' end
  if place.hostUrls >= bounds.maxUrlsPerHost then return 'max-urls-per-host' end
end
