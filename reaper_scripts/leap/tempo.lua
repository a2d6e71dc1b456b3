-- The project's beats as the daemon wants them: seconds of the file, and the beat there.

local tempo = {}

tempo.ANCHORS_PER_PART = 100
local STEP_S = 0.25 -- between two anchors, as the tempo may change gradually
local MOST_STEPS = 8000 -- the daemon takes 20 000 anchors
local MORE_S = 120.0 -- behind a clip, where its beats are still followed

-- Beats are quarter notes, except in a bar that is no whole number of them, as 7/8 is: there they are the denominator.
local function meter(project, time)
  local numerator, denominator = reaper.TimeMap_GetTimeSigAtTime(project, time)
  local quarters = numerator * 4 / denominator
  if quarters == math.floor(quarters) then return math.tointeger(quarters), 1 end
  return numerator, denominator / 4
end

-- Project times at which the tempo, or the speed of the item, may bend, up to a time.
local function bends(project, map, to)
  local from = map:project_range()
  local times = { from, to }
  local function add(time)
    if time > from and time < to then times[#times + 1] = time end
  end
  for _, piece in ipairs(map.passes[1]) do
    add(piece.from)
  end
  for index = 0, reaper.CountTempoTimeSigMarkers(project) - 1 do
    local _, time = reaper.GetTempoTimeSigMarker(project, index)
    add(time)
  end
  local step_s = math.max(STEP_S, (to - from) / MOST_STEPS)
  for step = 1, (to - from) // step_s do
    add(from + step * step_s)
  end
  table.sort(times)
  return times
end

-- { beats_per_bar, downbeat, anchors = { second, beat, second, beat ... } } from the beginning of a map to a project
-- time; `second_at` gives the second of the source at one, or nil.
local function beats_of(project, map, to, second_at)
  local start = map:project_range()
  local beats_per_bar, beats_per_quarter = meter(project, start)
  local _, bar_starts = reaper.TimeMap_QNToMeasures(project, reaper.TimeMap2_timeToQN(project, start))
  local found = { beats_per_bar = beats_per_bar, downbeat = bar_starts * beats_per_quarter, anchors = {} }
  local second, beat = -math.huge, -math.huge
  for _, time in ipairs(bends(project, map, to)) do
    local next_second = second_at(time)
    local next_beat = reaper.TimeMap2_timeToQN(project, time) * beats_per_quarter
    if next_second and next_second > second + 1e-4 and next_beat > beat + 1e-4 then
      second, beat = next_second, next_beat
      found.anchors[#found.anchors + 1], found.anchors[#found.anchors + 2] = second, beat
    end
  end
  return found
end

-- The beats of a file in a map that runs forwards in one pass, as only such a one has one beat for each second of the
-- file; else nil.
function tempo.of(project, map)
  if not map:forwards() then return nil end
  local _, to = map:project_range()
  return beats_of(project, map, to, function(time) return map:file_second(time) end)
end

-- The same for what has no file, and for the bars that may be added to it.
function tempo.on(project, map)
  local from, to = map:project_range()
  return beats_of(project, map, to + MORE_S, function(time) return time - from end)
end

-- The messages that carry a map: a list of lists of arguments of /leap/tempo, behind the request's number.
function tempo.messages(number, of)
  local found, width = {}, 2 * tempo.ANCHORS_PER_PART
  local parts = (#of.anchors + width - 1) // width
  for part = 0, parts - 1 do
    local arguments = { number, part, parts, of.beats_per_bar, of.downbeat + 0.0 }
    table.move(of.anchors, part * width + 1, math.min(#of.anchors, (part + 1) * width), 6, arguments)
    found[#found + 1] = arguments
  end
  return found
end

return tempo
