-- What an item plays: its file, its time map, its pitch, read from REAPER.

local score = require("leap.score")
local TimeMap = require("leap.time_map")

local take = {
  UNKNOWN_S = 60.0, -- how long music from nothing is, until the daemon says so
}

local function reads(item, name)
  return reaper.GetMediaItemInfo_Value(item, name)
end

-- The sections from a source up to its file, and the file's source. The path of a section, and of a reversed source,
-- is its parent's.
local function climb(source)
  local sections = {}
  while true do
    local is_section, offset, length, reversed = reaper.PCM_Source_GetSectionInfo(source)
    if is_section then
      if length <= 0 then length = reaper.GetMediaSourceLength(source) end
      sections[#sections + 1] = { offset = offset, length = length, reversed = reversed }
    end
    local parent = reaper.GetMediaSourceParent(source)
    if not parent then return sections, source end
    source = parent
  end
end

local function stretch_markers(of_take)
  local found = {}
  for index = 0, reaper.GetTakeNumStretchMarkers(of_take) - 1 do
    local _, position, source = reaper.GetTakeStretchMarker(of_take, index)
    local slope = reaper.GetTakeStretchMarkerSlope(of_take, index)
    found[#found + 1] = { position = position, source = source, slope = math.max(-1, math.min(1, slope)) }
  end
  return found
end

-- Semitones by which the take sounds higher than its file.
local function transposition(of_take)
  local pitch = reaper.GetMediaItemTakeInfo_Value(of_take, "D_PITCH")
  if reaper.GetMediaItemTakeInfo_Value(of_take, "B_PPITCH") ~= 0 then return pitch end
  return pitch + 12 * math.log(reaper.GetMediaItemTakeInfo_Value(of_take, "D_PLAYRATE"), 2)
end

local function time_map(item, of_take, sections)
  local source = reaper.GetMediaItemTake_Source(of_take)
  return TimeMap.of_item {
    position = reads(item, "D_POSITION"),
    length = reads(item, "D_LENGTH"),
    loops = reads(item, "B_LOOPSRC") ~= 0,
    rate = reaper.GetMediaItemTakeInfo_Value(of_take, "D_PLAYRATE"),
    offset = reaper.GetMediaItemTakeInfo_Value(of_take, "D_STARTOFFS"),
    source_length = math.max(1e-6, (reaper.GetMediaSourceLength(source))),
    sections = sections,
    markers = stretch_markers(of_take),
  }
end

-- The item's own mark, which it keeps for life.
function take.guid(item)
  local _, guid = reaper.GetSetMediaItemInfo_String(item, "GUID", "", false)
  return guid
end

-- What is to be arranged of an item: { item, guid, track, name, path, map, transposition }; nil and why if nothing is.
-- `selection` is { from, to } in seconds of the project, or nil.
function take.read(item, selection)
  local active = reaper.GetActiveTake(item)
  if not active then return nil, "an empty item has nothing to arrange" end
  local name = reaper.GetTakeName(active)
  if reaper.TakeIsMIDI(active) then return nil, ("%s is MIDI; select an audio item"):format(name) end
  local source = reaper.GetMediaItemTake_Source(active)
  if not source then return nil, ("%s has no audio"):format(name) end
  local sections, root = climb(source)
  local path = reaper.GetMediaSourceFileName(root)
  if path == "" then return nil, ("%s has no file; is it still being recorded?"):format(name) end
  local map = time_map(item, active, sections)
  if selection then map = map:clipped(selection[1], selection[2]) end
  if map:silent() then
    return nil, ("nothing of %s sounds %s"):format(name, selection and "in the time selection" or "in its item")
  end
  return {
    item = item, guid = take.guid(item), track = reaper.GetMediaItem_Track(item), name = name, path = path,
    map = map, transposition = transposition(active), rate = reaper.GetMediaItemTakeInfo_Value(active, "D_PLAYRATE"),
    is_bent = reaper.GetTakeNumStretchMarkers(active) > 0 or not map:forwards(),
  }
end

-- What is to be played of a MIDI item: the same, with `rows` of /leap/score instead of a path.
function take.read_score(project, item, selection)
  local active, position = reaper.GetActiveTake(item), reads(item, "D_POSITION")
  local length, name = reads(item, "D_LENGTH"), reaper.GetTakeName(active)
  local map = TimeMap.of_item {
    position = position, length = length, loops = false, rate = 1.0, offset = 0.0, source_length = length,
  }
  if selection then map = map:clipped(selection[1], selection[2]) end
  if map:silent() then return nil, ("nothing of %s sounds in the time selection"):format(name) end
  local from, to = map:project_range()
  local rows = score.rows(project, item, active, from, to)
  if #rows == 0 then return nil, ("%s has no notes"):format(name) end
  return {
    item = item, guid = take.guid(item), track = reaper.GetMediaItem_Track(item), name = name, path = "",
    map = TimeMap.steady(from, to - from), transposition = 0.0, rows = rows,
  }
end

-- Where music from nothing goes: to a project time, under a track, if there is one. `guid` is what it is known by.
function take.nothing(guid, from, track)
  return {
    guid = guid, track = track, name = "New", path = "", map = TimeMap.steady(from, take.UNKNOWN_S),
    transposition = 0.0, rows = {},
  }
end

-- Whether an item holds notes.
function take.is_midi(item)
  local active = reaper.GetActiveTake(item)
  return active ~= nil and reaper.TakeIsMIDI(active)
end

return take
