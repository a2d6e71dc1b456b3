-- What a model can be told, as the daemon describes it.

local settings = require("leap.settings")

local model = {}

-- Options that the actions fill in themselves.
local OURS = { start_s = true, end_s = true, tempo = true, keep = true, score = true }

local function row(arguments)
  local name, kind, default, low, high, unit, help = table.unpack(arguments, 4, 10)
  if kind == "bool" then low, high = 0, 1 end
  return {
    name = name, kind = kind, default = default, low = low, high = high, unit = unit, help = help,
    choices = { table.unpack(arguments, 11) },
  }
end

-- Collect numbered answers; `done(rows)` when all are there, `done(nil, why)` if there are none.
local function ask_all(client, address, arguments, make, done)
  local rows, count = {}, 0
  client:ask(address, arguments, function(kind, answer)
    if kind == "/leap/error" then
      done(nil, answer[4])
      return true
    end
    local index, total = answer[2] + 1, answer[3]
    if not rows[index] then count = count + 1 end
    rows[index] = make(answer)
    if count == total then done(rows) end
    return count == total
  end)
end

-- Ask for the parameters that a person may choose: a list of { name, kind, default, low, high, unit, help, choices }.
function model.describe(client, name, done)
  ask_all(client, "/leap/describe", { name }, row, function(rows, why)
    local chosen = rows and {}
    for _, each in ipairs(rows or {}) do
      if not OURS[each.name] then chosen[#chosen + 1] = each end
    end
    done(chosen, why)
  end)
end

-- What a model is, by what it takes and gives: see `settings.is`.
local function kinds_of(answer)
  local takes, gives = " " .. answer[5] .. " ", answer[6]
  local function is_given(what) return takes:find(" " .. what .. " ", 1, true) ~= nil end
  local audio, notes, nothing = is_given("audio"), is_given("notes"), is_given("nothing")
  return {
    name = answer[4], audio = audio, plays = audio and notes and gives == "audio",
    clips = not audio and notes and gives == "roll", alone = nothing and gives == "roll",
  }
end

-- Ask for the names of the models that an item, or nothing, can be given to; of which kind they are is remembered.
function model.list(client, done)
  ask_all(client, "/leap/models", {}, kinds_of, function(rows, why)
    if not rows then return done(nil, why) end
    local names, of_kind = {}, { plays = {}, clips = {}, alone = {} }
    for _, each in ipairs(rows) do
      if each.audio or each.clips or each.alone then names[#names + 1] = each.name end
      for kind, found in pairs(of_kind) do
        if each[kind] then found[#found + 1] = each.name end
      end
    end
    for kind, found in pairs(of_kind) do
      settings.set(kind, table.concat(found, " "))
    end
    done(names)
  end)
end

-- Ask for the tracks that a model's notes go to: their `names` in order, and which it is `of` a channel. What sounds
-- alike, as the two hands of a piano, goes to one, which of a model with no other is called `alone`.
function model.tracks(client, name, alone, done)
  local function row(answer)
    return { name = answer[4], channel = answer[5], sound = answer[7] ~= 0 and "drums" or answer[6] }
  end
  ask_all(client, "/leap/tracks", { name }, row, function(rows, why)
    if not rows then return done(nil, why) end
    local called, found = {}, { names = {}, of = {} } -- called: by sound
    for _, each in ipairs(rows) do
      if not called[each.sound] then
        called[each.sound] = "LEAP " .. each.name
        table.insert(found.names, called[each.sound])
      end
      found.of[each.channel] = called[each.sound]
    end
    done(#found.names > 1 and found or { names = { alone }, of = {} })
  end)
end

function model.find(params, name)
  for _, param in ipairs(params) do
    if param.name == name then return param end
  end
  return nil
end

local ARGUMENTS = { difficulty = true, seed = true, like = true } -- which jobs say themselves

-- What the person has chosen, as `key value` pairs of /leap/arrange; what is as the model has it is left out.
function model.pairs_of(name, params)
  local found = { "model", name }
  for _, param in ipairs(params) do
    local value = settings.param(name, param)
    if not ARGUMENTS[param.name] and value ~= param.default then
      found[#found + 1], found[#found + 2] = param.name, value
    end
  end
  return found
end

return model
