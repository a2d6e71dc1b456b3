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

-- The item that a selected one stands for: an item that LEAP has made for the one that it was made of. To a model that
-- works on clips it stands for itself, unless it was made of a clip; nil if that is gone.
local function meant(project, item, clips)
  local source = Result.source_of(project, item)
  if clips and take.is_midi(item) and not (source and take.is_midi(source)) then return item end
  return source
end

-- What an item is to a model, or why it is nothing to it.
local function read(project, item, part, model)
  local clips = settings.is("clips", model)
  if take.is_midi(item) and (clips or settings.is("plays", model)) then return take.read_score(project, item, part) end
  if clips then return nil, ("%s works on MIDI items; an audio item is selected"):format(model) end
  return take.read(item, part)
end

-- The place for music from nothing: under the selected track, at the cursor.
local function nowhere(project)
  return take.nothing(Result.NOTHING .. reaper.genGuid(""), reaper.GetCursorPositionEx(project),
    reaper.GetSelectedTrack(project, 0))
end

-- The sources that are selected, each once, and why others are left out; with nothing selected, nothing as a source,
-- for a model that makes music of it.
function selection.read(project, wish, model)
  local sources, problems, seen = {}, {}, {}
  local part = wish.time_selection and time_selection(project)
  if wish.time_selection and not part then return {}, { "There is no time selection." } end
  local alone, clips = settings.is("alone", model), settings.is("clips", model)
  for index = 0, reaper.CountSelectedMediaItems(project) - 1 do
    local selected = reaper.GetSelectedMediaItem(project, index)
    local of_nothing = alone and wish.new_seed and Result.made_of_nothing(selected)
    local item = not of_nothing and meant(project, selected, clips)
    local guid = of_nothing and of_nothing.guid or item and take.guid(item)
    if not guid then
      problems[#problems + 1] = "What a selected item was made of is gone."
    elseif not seen[guid] then
      seen[guid] = true
      local source, why = of_nothing, nil
      if item then source, why = read(project, item, part, model) end
      sources[#sources + 1], problems[#problems + 1] = source, why
    end
  end
  if #sources == 0 and #problems == 0 then
    if alone and not part then return { nowhere(project) }, problems end
    problems[1] = ("Select one or more %s items first."):format(clips and "MIDI" or "audio")
  end
  if settings.is("plays", model) then sources = likened(project, sources, problems, model) end
  return sources, problems
end

return selection
