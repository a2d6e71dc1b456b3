-- What the person has chosen, kept by REAPER for all projects; and the word by which other actions cancel.

local settings = {}

local SECTION = "LEAP"

-- What is taken before anything is chosen. `seed` -1 is another one each time; `grid` says whose beat is quantized to.
local DEFAULTS = {
  model = "leap", difficulty = "3", seed = "-1", quantize = "0", grid = "song", hands = "two channels",
  instrument = "ReaSynth",
}

function settings.get(name)
  local value = reaper.GetExtState(SECTION, name)
  return value ~= "" and value or DEFAULTS[name] or ""
end

function settings.number(name)
  return tonumber(settings.get(name)) or tonumber(DEFAULTS[name]) or 0
end

function settings.set(name, value)
  reaper.SetExtState(SECTION, name, tostring(value), true)
end

-- A parameter's value as the daemon takes it: of the kind of its default, within its range; the default if it was
-- never chosen. `param` is a row of `leap.model`.
function settings.param(model, param)
  local chosen = settings.get(settings.of_param(model, param.name))
  if chosen == "" then return param.default end
  if param.kind == "word" then return chosen end
  local number = tonumber(chosen)
  if not number then return param.default end
  number = math.max(param.low, math.min(param.high, number))
  return param.kind == "float" and number + 0.0 or math.floor(number + 0.5)
end

-- Whether a model is of a kind, as far as the daemon has ever said: it `plays` notes like a recording, it works on
-- `clips` of notes, or it makes music `alone`.
function settings.is(kind, model)
  return (" " .. settings.get(kind) .. " "):find(" " .. model .. " ", 1, true) ~= nil
end

-- The name under which a parameter of a model is kept. How far recordings are quantized says nothing about clips, which
-- are in the project's beats.
function settings.of_param(model, name)
  local shared = name == "difficulty" or name == "seed" or name == "quantize" and not settings.is("clips", model)
  return shared and name or "param." .. model .. "." .. name
end

function settings.request_cancel()
  reaper.SetExtState(SECTION, "cancelled_at", tostring(reaper.time_precise()), false)
end

-- When somebody last asked to cancel, in seconds of `time_precise`.
function settings.cancelled_at()
  return tonumber(reaper.GetExtState(SECTION, "cancelled_at")) or -math.huge
end

return settings
