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

-- Ask for the names of the models that take recordings; those that play notes like one are remembered as such.
function model.list(client, done)
  local function name_of(answer)
    local takes = " " .. answer[5] .. " "
    local takes_audio = takes:find(" audio ", 1, true) ~= nil
    local plays = takes_audio and takes:find(" notes ", 1, true) ~= nil and answer[6] == "audio"
    return { name = answer[4], takes_audio = takes_audio, plays = plays }
  end
  ask_all(client, "/leap/models", {}, name_of, function(rows, why)
    local names, players = rows and {}, {}
    for _, each in ipairs(rows or {}) do
      if each.takes_audio then names[#names + 1] = each.name end
      if each.plays then players[#players + 1] = each.name end
    end
    if rows then settings.set("plays", table.concat(players, " ")) end
    done(names, why)
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
