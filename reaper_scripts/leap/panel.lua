-- The rows of the window: each shows one setting, and can be changed by a step, by a share, or by typing.
--
-- A row has label, help, text(), and what fits of: share() from 0 to 1, step(direction), set_share(share), type().

local model = require("leap.model")
local settings = require("leap.settings")

local panel = {}

local NICE_STEPS = { 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0 }
local WIDE = 1000 -- a whole number with so wide a range is stepped by one, and has no slider
local LABELS = { seed = "seed (-1: another each time)", level_guidance = "level guidance" }

local function step_of(param)
  if param.kind ~= "float" then return 1 end
  local step = NICE_STEPS[1]
  for _, nice in ipairs(NICE_STEPS) do
    if nice <= (param.high - param.low) / 8 then step = nice end
  end
  return step
end

-- A row whose values are words.
local function word_row(label, help, choices, get, set)
  local function index()
    for at, choice in ipairs(choices) do
      if choice == get() then return at end
    end
    return 1
  end
  local row = { label = label, help = help, text = get }
  function row.step(direction)
    if #choices > 0 then set(choices[(index() - 1 + direction) % #choices + 1]) end
  end
  function row.type()
    if #choices > 0 then return row.step(1) end
    local given, typed = reaper.GetUserInputs("LEAP", 1, label .. ",extrawidth=200", get())
    if given then set(typed) end
  end
  return row
end

-- A row for a number of a model.
local function number_row(name, param)
  local row = { label = LABELS[param.name] or param.name, help = param.help }
  local wide = param.high - param.low > WIDE
  local function get()
    return settings.param(name, param)
  end
  local function set(value)
    value = math.max(param.low, math.min(param.high, value))
    settings.set(settings.of_param(name, param.name), ("%.10g"):format(value))
  end
  function row.text()
    local unit = param.unit ~= "" and param.unit ~= param.name and " " .. param.unit or ""
    return ("%.4g"):format(get()) .. unit
  end
  function row.step(direction)
    local step = step_of(param)
    set(math.floor(get() / step + 0.5) * step + direction * step)
  end
  function row.type()
    local given, typed = reaper.GetUserInputs("LEAP", 1, row.label, ("%.10g"):format(get()))
    if given and tonumber(typed) then set(tonumber(typed)) end
  end
  if not wide then
    function row.share() return (get() - param.low) / (param.high - param.low) end
    function row.set_share(share)
      local step = step_of(param)
      set(param.low + math.floor(share * (param.high - param.low) / step + 0.5) * step)
    end
  end
  return row
end

local function yes_no_row(name, param)
  return word_row(param.name, param.help, { "no", "yes" },
    function() return settings.param(name, param) ~= 0 and "yes" or "no" end,
    function(word) settings.set(settings.of_param(name, param.name), word == "yes" and 1 or 0) end)
end

local function param_row(name, param)
  if param.kind == "bool" then return yes_no_row(name, param) end
  if param.kind ~= "word" then return number_row(name, param) end
  return word_row(LABELS[param.name] or param.name, param.help, param.choices,
    function() return settings.param(name, param) end,
    function(word) settings.set(settings.of_param(name, param.name), word) end)
end

local function setting_row(label, help, name, choices)
  return word_row(label, help, choices,
    function() return settings.get(name) end, function(word) settings.set(name, word) end)
end

-- What there is to choose while no daemon describes its models.
local OFFLINE = {
  { name = "difficulty", kind = "float", default = 3.0, low = 1.0, high = 5.0, unit = "",
    help = "from 1, first year, to 5, virtuoso; fractions allowed" },
  { name = "quantize", kind = "float", default = 0.0, low = 0.0, high = 1.0, unit = "",
    help = "how far onsets move onto the sixteenths of the beat" },
  { name = "seed", kind = "int", default = -1, low = -1, high = 2147483647, unit = "",
    help = "another seed, another arrangement; -1 takes one" },
}

local FIRST = { "difficulty", "quantize", "seed" } -- the rest follows as the model has it

local function grid_row()
  return setting_row("quantize to", "the beat heard in the song, or the project's grid; for items that play forwards",
    "grid", { "song", "project" })
end

-- The rows for a model with these parameters; `models` are the names there are, `params` may be nil.
function panel.rows(models, params)
  local name = settings.get("model")
  params = params or OFFLINE
  local rows, first = { setting_row("model", "which model arranges", "model", models) }, {}
  for _, each in ipairs(FIRST) do
    local param = model.find(params, each)
    first[each] = true
    rows[#rows + 1] = param and param_row(name, param)
    if each == "quantize" then rows[#rows + 1] = grid_row() end
  end
  for _, param in ipairs(params) do
    if not first[param.name] then rows[#rows + 1] = param_row(name, param) end
  end
  rows[#rows + 1] = setting_row("hands", "right and left hand on MIDI channels 1 and 2, or both on 1", "hands",
    { "two channels", "one channel" })
  rows[#rows + 1] = setting_row("instrument", "what a new LEAP piano track is given; type the name of another plug-in",
    "instrument", { "ReaSynth", "none" })
  return rows
end

return panel
