-- Where in its file an item plays at each second of the project, and the way back.
--
-- A map is a list of passes: stretches of the project in which the file runs in one direction without a jump. A pass is
-- a list of pieces that follow each other. Within a piece the speed changes evenly:
--
--   from, to         seconds of the project
--   first, last      seconds of the file there
--   enters, leaves   speed at both ends, in seconds of the file for a second of the project; less than 0 is backwards

local TimeMap = {}
TimeMap.__index = TimeMap

local SHORTEST_S = 1e-9
local SLIVER_S = 0.02 -- a pass so short is no music: an item that reaches a little beyond its looped source
local EDGE_S = 1e-6 -- so far outside, the ends of a pass still belong to it: sums of seconds are not exact

local function speed_at(piece, time)
  return piece.enters + (piece.leaves - piece.enters) * (time - piece.from) / (piece.to - piece.from)
end

local function second_at(piece, time)
  local since = time - piece.from
  local bend = (piece.leaves - piece.enters) / (piece.to - piece.from)
  return piece.first + piece.enters * since + bend * since * since / 2
end

-- The project time at which a piece reaches a second of the file.
local function time_at(piece, second)
  local sign = piece.last < piece.first and -1 or 1
  local done, enters = sign * (second - piece.first), sign * piece.enters
  if done <= 0 then return piece.from end
  local bend = sign * (piece.leaves - piece.enters) / (piece.to - piece.from)
  local root = math.sqrt(math.max(0, enters * enters + 2 * bend * done))
  return math.min(piece.to, piece.from + 2 * done / (enters + root))
end

-- The part of a piece between two project times; nil if there is none.
local function cut(piece, from, to)
  from, to = math.max(from, piece.from), math.min(to, piece.to)
  if to - from < SHORTEST_S then return nil end
  return {
    from = from, to = to,
    first = from == piece.from and piece.first or second_at(piece, from),
    last = to == piece.to and piece.last or second_at(piece, to),
    enters = speed_at(piece, from), leaves = speed_at(piece, to),
  }
end

local function straight(from, to, first, speed)
  return { from = from, to = to, first = first, last = first + (to - from) * speed, enters = speed, leaves = speed }
end

-- Between two stretch markers; `slope` moves speed from the beginning (when it is positive) to the end.
local function between(item, left, right)
  local from, to = item.position + left.position / item.rate, item.position + right.position / item.rate
  local mean = (right.source - left.source) / (to - from)
  return {
    from = from, to = to, first = left.source, last = right.source,
    enters = mean * (1 - left.slope), leaves = mean * (1 + left.slope),
  }
end

-- The item as pieces of what the take plays, not yet looped or reversed.
local function unrolled(item)
  local from, to, markers = item.position, item.position + item.length, item.markers or {}
  if #markers == 0 then return { straight(from, to, item.offset, item.rate) } end
  local first, last = markers[1], markers[#markers]
  local begins, ends = item.position + first.position / item.rate, item.position + last.position / item.rate
  local pieces = { straight(math.min(from, begins), begins, first.source - math.max(0, first.position), item.rate) }
  for index = 2, #markers do
    if markers[index].position > markers[index - 1].position then
      pieces[#pieces + 1] = between(item, markers[index - 1], markers[index])
    end
  end
  pieces[#pieces + 1] = straight(ends, math.max(to, ends), last.source, item.rate)
  local inside = {}
  for _, piece in ipairs(pieces) do
    inside[#inside + 1] = piece.to > piece.from and cut(piece, from, to) or nil
  end
  return inside
end

-- Where a piece passes the ends of the source, in order of time.
local function borders(piece, length)
  local low, high = math.min(piece.first, piece.last), math.max(piece.first, piece.last)
  local found = {}
  for turn = math.floor(low / length) + 1, math.ceil(high / length) - 1 do
    found[#found + 1] = time_at(piece, turn * length)
  end
  table.sort(found)
  return found
end

local function shifted(piece, by)
  piece.first, piece.last = piece.first + by, piece.last + by
  return piece
end

-- A piece as pieces that each lie within the source. Of a source that is not looped only the first turn sounds.
local function within(item, piece)
  local found, from = {}, piece.from
  local times = borders(piece, item.source_length)
  times[#times + 1] = piece.to
  for _, to in ipairs(times) do
    local part = cut(piece, from, to)
    if part then
      local turn = math.floor((part.first + part.last) / 2 / item.source_length)
      if item.loops or turn == 0 then found[#found + 1] = shifted(part, -turn * item.source_length) end
    end
    from = to
  end
  return found
end

-- Seconds of a section's parent.
local function through(section, piece)
  if not section.reversed then return shifted(piece, section.offset) end
  local ends = section.offset + section.length
  piece.first, piece.last = ends - piece.first, ends - piece.last
  piece.enters, piece.leaves = -piece.enters, -piece.leaves
  return piece
end

local function follows(before, piece)
  return math.abs(before.to - piece.from) < 1e-7 and math.abs(before.last - piece.first) < 1e-6
    and (before.last > before.first) == (piece.last > piece.first)
end

local function joined(pieces)
  local passes, long = {}, {}
  for _, piece in ipairs(pieces) do
    local pass = passes[#passes]
    if pass and follows(pass[#pass], piece) then
      pass[#pass + 1] = piece
    else
      passes[#passes + 1] = { piece }
    end
  end
  for _, pass in ipairs(passes) do
    if pass[#pass].to - pass[1].from > SLIVER_S then long[#long + 1] = pass end
  end
  return setmetatable({ passes = long }, TimeMap)
end

-- The map of an item:
--   position, length         of the item, project seconds
--   rate, offset             of the take
--   source_length, loops     of the take's source
--   sections                 from the take's source up to the file: { offset, length, reversed }, perhaps none
--   markers                  stretch markers: { position, source, slope }, perhaps none
function TimeMap.of_item(item)
  local pieces = {}
  for _, unbroken in ipairs(unrolled(item)) do
    for _, piece in ipairs(within(item, unbroken)) do
      for _, section in ipairs(item.sections or {}) do
        piece = through(section, piece)
      end
      if math.abs(piece.last - piece.first) > SHORTEST_S then pieces[#pieces + 1] = piece end
    end
  end
  return joined(pieces)
end

-- The map of what has no file: its seconds are the project's, counted from a time.
function TimeMap.steady(from, length)
  return TimeMap.of_item {
    position = from, length = length, loops = false, rate = 1.0, offset = 0.0, source_length = length,
  }
end

-- The part of the map between two project times.
function TimeMap:clipped(from, to)
  local pieces = {}
  for _, pass in ipairs(self.passes) do
    for _, piece in ipairs(pass) do
      pieces[#pieces + 1] = cut(piece, from, to)
    end
  end
  return joined(pieces)
end

function TimeMap:silent()
  return #self.passes == 0
end

-- First and last second of the project.
function TimeMap:project_range()
  local first, last = self.passes[1], self.passes[#self.passes]
  return first[1].from, last[#last].to
end

local function file_range(pass)
  local first, last = pass[1].first, pass[#pass].last
  return math.min(first, last), math.max(first, last)
end

-- First and last second of the file that is heard.
function TimeMap:file_range()
  local low, high = math.huge, -math.huge
  for _, pass in ipairs(self.passes) do
    local from, to = file_range(pass)
    low, high = math.min(low, from), math.max(high, to)
  end
  return low, high
end

-- Whether it is one pass forwards, so that what comes later in the file comes later in the project.
function TimeMap:forwards()
  return #self.passes == 1 and self.passes[1][1].last > self.passes[1][1].first
end

local function time_in(pass, second)
  for _, piece in ipairs(pass) do
    if second >= math.min(piece.first, piece.last) and second <= math.max(piece.first, piece.last) then
      return time_at(piece, second)
    end
  end
  local first = pass[1]
  local before = (second < first.first) == (first.last > first.first)
  return before and first.from or pass[#pass].to
end

-- The second of the file at a project time; nil where there is silence.
function TimeMap:file_second(time)
  for _, pass in ipairs(self.passes) do
    for _, piece in ipairs(pass) do
      if time >= piece.from and time <= piece.to then return second_at(piece, time) end
    end
  end
  return nil
end

-- When a second of the file is heard: a list of project times, one for each pass.
function TimeMap:times(second)
  local found = {}
  for _, pass in ipairs(self.passes) do
    local low, high = file_range(pass)
    if second >= low - EDGE_S and second <= high + EDGE_S then found[#found + 1] = time_in(pass, second) end
  end
  return found
end

-- Where a note of the file is to be played: a list of { from, to }. Forwards it is left out where its beginning is not
-- heard; backwards it sounds from its end to its beginning, as far as the pass goes.
function TimeMap:spans(starts, ends)
  local found = {}
  for _, pass in ipairs(self.passes) do
    local low, high = file_range(pass)
    local backwards = pass[1].last < pass[1].first
    if starts < high - SHORTEST_S and ends > low and (backwards or starts >= low - 1e-4) then
      local one, other = time_in(pass, math.max(starts, low)), time_in(pass, math.min(ends, high))
      found[#found + 1] = { math.min(one, other), math.max(one, other) }
    end
  end
  return found
end

return TimeMap
