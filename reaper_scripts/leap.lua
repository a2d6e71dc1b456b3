-- @noindex
-- What the LEAP actions share: it lets them `require` the files in the folder `leap`, and names what they do.

local folder = debug.getinfo(1, "S").source:match("^@(.*[/\\])") or "./"

-- Not package.path: a folder may have a `;` or a `?` in its name.
table.insert(package.searchers, 2, function(name)
  if not name:match("^leap%.") then return nil end
  local path = folder .. name:gsub("%.", "/") .. ".lua"
  local chunk, why = loadfile(path)
  return chunk or ("\n\t" .. why), path
end)

local leap = { folder = folder }

-- Arrange what is selected. `wish` is a table of what differs from the settings:
--   step            added to the difficulty of the last take, or of the settings if there is none
--   new_seed        take another seed than the last take's
--   time_selection  arrange only what lies inside the time selection
function leap.arrange(wish)
  require("leap.run").start(folder, wish or {})
end

-- Stop every arrangement that an action of this REAPER has begun.
function leap.cancel()
  require("leap.settings").request_cancel()
  require("leap.say").tell("LEAP: cancelling")
  reaper.defer(function() end) -- or REAPER would add an undo step for an action that changed nothing
end

-- Open the window with the settings and the state of the daemon, or close it if it is open.
function leap.window()
  require("leap.window").open(folder)
end

return leap
