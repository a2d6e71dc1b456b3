-- What is selected, as sources to arrange.

local Result = require("leap.result")
local settings = require("leap.settings")
local take = require("leap.take")

local selection = {}

-- The time selection as { from, to }; nil if there is none.
local function time_selection(project)
  local from, to = reaper.GetSet_LoopTimeRange2(project, false, false, 0, 0, false)
  return to > from and { from, to } or nil
end

local function of_kind(sources, is_score)
  local found = {}
  for _, source in ipairs(sources) do
    if (source.rows ~= nil) == is_score then found[#found + 1] = source end
  end
  return found
end

-- What is played, told what it is to sound like: MIDI items like the recording that is selected with them; else all
-- like the one that the settings name, or like the last take of each.
local function likened(project, sources, problems, model)
  local scores, recordings = of_kind(sources, true), of_kind(sources, false)
  local named = settings.get(settings.of_param(model, "like"))
  if #scores > 0 and #recordings > 1 then
    problems[#problems + 1] = "Select only one recording with the MIDI items: the one whose sound is wanted."
    return {}
  end
  local beside = #scores > 0 and recordings[1] and recordings[1].path
  local played = {}
  for _, source in ipairs(#scores > 0 and scores or recordings) do
    local last = Result.last_of(project, source.guid)
    source.like = beside or (named ~= "" and named) or (last and last.like) or ""
    if source.like ~= "" then
      played[#played + 1] = source
    else
      problems[#problems + 1] = source.name .. ": select the recording whose sound is wanted together with MIDI items, "
        .. "or type its path in the window, as `like`."
    end
  end
  return played
end

-- The sources that are selected, each once, and why others are left out. An item that LEAP has made stands for the one
-- that it was made of. `player` is the model if it is one that plays notes like a recording.
function selection.read(project, wish, player)
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
      local source, why
      if player and take.is_midi(item) then
        source, why = take.read_score(project, item, part)
      else
        source, why = take.read(item, part)
      end
      sources[#sources + 1], problems[#problems + 1] = source, why
    end
  end
  if #sources == 0 and #problems == 0 then problems[1] = "Select one or more audio items first." end
  if player then sources = likened(project, sources, problems, player) end
  return sources, problems
end

return selection
