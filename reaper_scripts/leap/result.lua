-- The MIDI item that grows under the source: made, filled, found again.

local settings = require("leap.settings")
local take = require("leap.take")

local Result = {
  TRACK = "LEAP piano",
  SOUND = "LEAP sound",
  NOTHING = "nothing", -- before the mark of what was made of nothing
}
Result.__index = Result

local FIRST_S = 0.5 -- length of an item that has just been made
local MARK = "P_EXT:leap" -- of our items: the source's GUID, difficulty, seed, and when it was made
local LIKE = "P_EXT:leap_like" -- of a sound: the path of what it sounds like
local ALL_STATES = -1 -- of an undo step
local OURS = "LEAP " -- how the names of our tracks begin

local function read_mark(item)
  local marked, text = reaper.GetSetMediaItemInfo_String(item, MARK, "", false)
  if not marked then return nil end
  local guid, difficulty, seed, made = text:match("^(%S+) (%S+) (%S+) (%S+)$")
  local _, like = reaper.GetSetMediaItemInfo_String(item, LIKE, "", false)
  return guid and {
    guid = guid, difficulty = tonumber(difficulty), seed = tonumber(seed), made = tonumber(made), like = like,
  }
end

local function each_item(project)
  local index = -1
  return function()
    index = index + 1
    return reaper.GetMediaItem(project, index)
  end
end

-- The source of an item of ours; the item itself if it is none of ours, nil if its source is gone.
function Result.source_of(project, item)
  local mark = read_mark(item)
  if not mark then return item end
  for other in each_item(project) do
    if take.guid(other) == mark.guid then return other end
  end
  return nil
end

-- What an item of ours was made of if that was nothing: the same place again; else nil.
function Result.made_of_nothing(item)
  local mark = read_mark(item)
  if not mark or mark.guid:sub(1, #Result.NOTHING) ~= Result.NOTHING then return nil end
  return take.nothing(mark.guid, reaper.GetMediaItemInfo_Value(item, "D_POSITION"), reaper.GetMediaItem_Track(item))
end

-- Difficulty and seed of what was made last of a source, and what it sounds like; nil if nothing was.
function Result.last_of(project, guid)
  local last
  for item in each_item(project) do
    local mark = read_mark(item)
    if mark and mark.guid == guid and (not last or mark.made >= last.made) then last = mark end
  end
  return last
end

local function overlaps(track, from, to, reserved)
  for _, each in ipairs(reserved) do
    if each.track == track and each.from < to and from < each.to then return true end
  end
  for index = 0, reaper.CountTrackMediaItems(track) - 1 do
    local item = reaper.GetTrackMediaItem(track, index)
    local starts = reaper.GetMediaItemInfo_Value(item, "D_POSITION")
    if starts < to and from < starts + reaper.GetMediaItemInfo_Value(item, "D_LENGTH") then return true end
  end
  return false
end

local function new_track(project, index, called)
  reaper.InsertTrackAtIndex(index, true)
  local track = reaper.GetTrack(project, index)
  reaper.GetSetMediaTrackInfo_String(track, "P_NAME", called, true)
  local instrument = settings.get("instrument")
  if not called:lower():find("drum") and called ~= Result.SOUND and instrument ~= "none" then
    reaper.TrackFX_AddByName(track, instrument, false, 1)
  end
  return track
end

local function name_of(track)
  return track and select(2, reaper.GetTrackName(track)) or ""
end

local function is_ours(track)
  return name_of(track):sub(1, #OURS) == OURS
end

-- Index of the first of our tracks: under a track, or among those that it is one of; without one, at the end.
local function first_index(project, above)
  local index = reaper.CountTracks(project)
  if above then index = math.tointeger(reaper.GetMediaTrackInfo_Value(above, "IP_TRACKNUMBER")) end
  while index > 0 and is_ours(reaper.GetTrack(project, index - 1)) do
    index = index - 1
  end
  return index
end

-- The first of our tracks under a track that is called so and is free between two times, so that nothing sounds twice;
-- a new one below them if there is none. `above` may be nil.
function Result.free_track(project, above, called, from, to, reserved)
  local index = first_index(project, above)
  while true do
    local track = reaper.GetTrack(project, index)
    if not is_ours(track) then return new_track(project, index, called) end
    if name_of(track) == called and not overlaps(track, from, to, reserved) then return track end
    index = index + 1
  end
end

-- Make the item, on a track called so. `reserved` lists the { track, from, to } that items still growing will need;
-- ours is added.
function Result.make(project, source, order, called, reserved)
  local from, to = source.map:project_range()
  local grows = source.map:forwards()
  local ends = grows and math.min(to, from + FIRST_S) or to
  local track = Result.free_track(project, source.track, called, from, to, reserved)
  local item = reaper.CreateNewMIDIItemInProj(track, from, ends, false)
  reserved[#reserved + 1] = { track = track, from = from, to = to }
  local self = setmetatable({
    project = project, called = called, item = item, from = from, ends = ends, wanted = ends, last = to, notes = 0,
    one_channel = called == Result.TRACK and settings.get("hands") == "one channel",
  }, Result)
  self:label(source, order)
  return self
end

-- Note on an item what it was made of, and have it not loop.
function Result.mark(item, source, order)
  local mark = ("%s %.10g %d %d"):format(source.guid, order.difficulty, order.seed, os.time())
  reaper.SetMediaItemInfo_Value(item, "B_LOOPSRC", 0)
  reaper.GetSetMediaItemInfo_String(item, MARK, mark, true)
  if source.like then reaper.GetSetMediaItemInfo_String(item, LIKE, source.like, true) end
end

function Result:label(source, order)
  Result.mark(self.item, source, order)
  local how = source.rows and order.model or ("%.3g"):format(order.difficulty)
  local name = ("%s (LEAP %s, seed %d)"):format(source.name, how, order.seed)
  reaper.GetSetMediaItemTakeInfo_String(reaper.GetActiveTake(self.item), "P_NAME", name, true)
end

-- Whether the item is still there.
function Result:alive()
  return reaper.ValidatePtr2(self.project, self.item, "MediaItem*")
end

-- Seconds by which the person has moved the item since it was made; a trimmed edge is no move.
function Result:moved(of_take)
  local position = reaper.GetMediaItemInfo_Value(self.item, "D_POSITION")
  return position - reaper.GetMediaItemTakeInfo_Value(of_take, "D_STARTOFFS") - self.from
end

local function tick_at(of_take, time)
  return math.floor(reaper.MIDI_GetPPQPosFromProjTime(of_take, time) + 0.5)
end

-- Write notes: a list of { from, to, pitch, velocity, channel }, project seconds and the daemon's channel.
function Result:write(placed)
  if #placed == 0 then return end
  local of_take = reaper.GetActiveTake(self.item)
  local moved = self:moved(of_take)
  reaper.MIDI_DisableSort(of_take)
  for _, note in ipairs(placed) do
    local starts = tick_at(of_take, note.from + moved)
    local ends = math.max(starts + 1, tick_at(of_take, note.to + moved))
    local channel = self.one_channel and 0 or note.channel - 1
    reaper.MIDI_InsertNote(of_take, false, false, starts, ends, channel, note.pitch, note.velocity, true)
    self:grow(note.to)
  end
  reaper.MIDI_Sort(of_take)
  self.notes = self.notes + #placed
end

-- Have the item reach to a project time, as far as its source goes, at the next `fit`.
function Result:grow(time)
  self.wanted = math.max(self.wanted, math.min(time, self.last))
end

-- Give the item the length that it has grown to.
function Result:fit()
  if self.wanted <= self.ends then return end
  self.ends = self.wanted
  local moved = self:moved(reaper.GetActiveTake(self.item))
  local starts = reaper.GetMediaItemInfo_Value(self.item, "D_POSITION")
  local starts_qn = reaper.TimeMap2_timeToQN(self.project, starts)
  reaper.MIDI_SetItemExtents(self.item, starts_qn, reaper.TimeMap2_timeToQN(self.project, self.ends + moved))
end

-- One step that undo takes back.
function Result.undo_step(project, name)
  reaper.Undo_OnStateChangeEx2(project, name, ALL_STATES, -1)
end

return Result
