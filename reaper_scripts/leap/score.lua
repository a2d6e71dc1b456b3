-- The notes of a MIDI item, for a model that plays them: what is heard of the item, loops and pedal too.

local score = {}

score.NOTES_PER_PART = 40
local PEDAL = -1 -- as a pitch, of /leap/score
local SUSTAIN, CONTROL_CHANGE, DOWN = 64, 0xB0, 64
local EDGE_S = 1e-4

-- Quarter notes after which the source of an item begins again; nil if it does not.
local function turn_of(item, of_take)
  if reaper.GetMediaItemInfo_Value(item, "B_LOOPSRC") == 0 then return nil end
  local length, in_quarters = reaper.GetMediaSourceLength(reaper.GetMediaItemTake_Source(of_take))
  return in_quarters and length > 0 and length or nil
end

-- { pitch, from, to, velocity } of all that is in a take, in quarter notes of the project; muted notes are left out.
local function spans_of(project, of_take)
  local function quarter(tick)
    return reaper.TimeMap2_timeToQN(project, reaper.MIDI_GetProjTimeFromPPQPos(of_take, tick))
  end
  local found, down_at, last = {}, nil, 0
  local _, notes, controls = reaper.MIDI_CountEvts(of_take)
  for index = 0, notes - 1 do
    local _, _, muted, starts, ends, _, pitch, velocity = reaper.MIDI_GetNote(of_take, index)
    last = math.max(last, ends)
    if not muted then found[#found + 1] = { pitch, quarter(starts), quarter(ends), velocity } end
  end
  for index = 0, controls - 1 do
    local _, _, muted, tick, kind, _, number, value = reaper.MIDI_GetCC(of_take, index)
    if kind == CONTROL_CHANGE and number == SUSTAIN and not muted then
      if value >= DOWN then
        down_at = down_at or tick
      elseif down_at then
        found[#found + 1] = { PEDAL, quarter(down_at), quarter(tick), 1 }
        down_at = nil
      end
    end
  end
  if down_at and last > down_at then found[#found + 1] = { PEDAL, quarter(down_at), quarter(last), 1 } end
  return found
end

-- What is heard of an item between two project times: rows { pitch, start_s, duration_s, velocity }, seconds from the
-- first. A note whose beginning is not heard is left out.
function score.rows(project, item, of_take, from, to)
  local rows, spans, turn = {}, spans_of(project, of_take), turn_of(item, of_take)
  local first = reaper.TimeMap2_timeToQN(project, reaper.GetMediaItemInfo_Value(item, "D_POSITION"))
  local turns = turn and math.ceil((reaper.TimeMap2_timeToQN(project, to) - first) / turn) or 0
  for number = 0, turns do
    for _, span in ipairs(spans) do
      local shift = turn and number * turn or 0
      local starts = reaper.TimeMap2_QNToTime(project, span[2] + shift)
      local ends = math.min(to, reaper.TimeMap2_QNToTime(project, span[3] + shift))
      if span[1] == PEDAL then starts = math.max(starts, from) end
      if starts >= from - EDGE_S and starts < to - EDGE_S and ends > starts then
        rows[#rows + 1] = { span[1], math.max(0.0, starts - from), ends - starts, span[4] }
      end
    end
  end
  return rows
end

-- The messages that carry rows: a list of lists of arguments of /leap/score, behind the request's number.
function score.messages(number, rows)
  local found, parts = {}, math.max(1, (#rows + score.NOTES_PER_PART - 1) // score.NOTES_PER_PART)
  for part = 0, parts - 1 do
    local arguments = { number, part, parts }
    for index = part * score.NOTES_PER_PART + 1, math.min(#rows, (part + 1) * score.NOTES_PER_PART) do
      table.move(rows[index], 1, 4, #arguments + 1, arguments)
    end
    found[#found + 1] = arguments
  end
  return found
end

return score
