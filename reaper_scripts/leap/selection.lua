-- What is selected, as sources to arrange.

local Result = require("leap.result")
local take = require("leap.take")

local selection = {}

-- The time selection as { from, to }; nil if there is none.
local function time_selection(project)
  local from, to = reaper.GetSet_LoopTimeRange2(project, false, false, 0, 0, false)
  return to > from and { from, to } or nil
end

-- The sources that are selected, each once, and why others are left out. An item that LEAP has made stands for the one
-- that it was made of.
function selection.read(project, wish)
  local sources, problems, seen = {}, {}, {}
  local part = wish.time_selection and time_selection(project)
  if wish.time_selection and not part then return {}, { "There is no time selection." } end
  for index = 0, reaper.CountSelectedMediaItems(project) - 1 do
    local item = Result.source_of(project, reaper.GetSelectedMediaItem(project, index))
    local guid = item and take.guid(item)
    if not item then
      problems[#problems + 1] = "The recording that a selected arrangement was made of is gone."
    elseif not seen[guid] then
      seen[guid] = true
      local source, why = take.read(item, part)
      sources[#sources + 1], problems[#problems + 1] = source, why
    end
  end
  if #sources == 0 and #problems == 0 then problems[1] = "Select one or more audio items first." end
  return sources, problems
end

return selection
