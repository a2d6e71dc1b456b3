-- The audio item of a sound that the daemon has made: on a track of its own under the source's, at the source's place.

local Result = require("leap.result")

local Sound = {}
Sound.__index = Sound

local BUILD_MISSING_PEAKS = 40047 -- an action of REAPER's

-- Put the file there; nil if it cannot be opened. `reserved` is as in `Result.make`.
function Sound.make(project, source, order, path, reserved)
  local pcm = reaper.PCM_Source_CreateFromFile(path)
  if not pcm then return nil end
  local from, rate = source.map:project_range(), source.rate or 1.0
  local length = reaper.GetMediaSourceLength(pcm) / rate
  local track = Result.free_track(project, source.track, Result.SOUND, from, from + length, reserved)
  local item = reaper.AddMediaItemToTrack(track)
  local of_take = reaper.AddTakeToMediaItem(item)
  reaper.SetMediaItemTake_Source(of_take, pcm)
  reaper.SetMediaItemInfo_Value(item, "D_POSITION", from)
  reaper.SetMediaItemInfo_Value(item, "D_LENGTH", length)
  reaper.SetMediaItemTakeInfo_Value(of_take, "D_PLAYRATE", rate)
  Result.mark(item, source, order)
  local like = source.like:match("([^/\\]+)$") or source.like
  local name = ("%s (LEAP like %s, seed %d)"):format(source.name, like, order.seed)
  reaper.GetSetMediaItemTakeInfo_String(of_take, "P_NAME", name, true)
  reaper.Main_OnCommand(BUILD_MISSING_PEAKS, 0)
  return setmetatable({ project = project, item = item, notes = 0, is_sound = true }, Sound)
end

-- Whether the item is still there.
function Sound:alive()
  return reaper.ValidatePtr2(self.project, self.item, "MediaItem*")
end

return Sound
