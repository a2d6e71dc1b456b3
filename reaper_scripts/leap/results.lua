-- The items of one job, on the tracks of those who play: made when their first notes come.

local Result = require("leap.result")

local Results = {}
Results.__index = Results

-- `order` and `reserved` are as in `Job.new`.
function Results.new(project, source, order, reserved)
  return setmetatable({ project = project, source = source, order = order, reserved = reserved, items = {} }, Results)
end

function Results:add(made)
  self.items[#self.items + 1] = made
  return made
end

-- Act on those that nobody has deleted.
function Results:each(act)
  for _, result in ipairs(self.items) do
    if result:alive() then act(result) end
  end
end

-- Whether there were some, and all of them are gone.
function Results:deleted()
  local gone = #self.items > 0
  self:each(function() gone = false end)
  return gone
end

function Results:on(called)
  for _, result in ipairs(self.items) do
    if result.called == called then return result end
  end
  return self:add(Result.make(self.project, self.source, self.order, called, self.reserved))
end

-- Write a list of notes, as `Result.write` takes them, each to the track of its channel.
function Results:write(notes)
  local tracks, placed = self.order.tracks, {} -- by track
  for _, note in ipairs(notes) do
    local called = tracks.of[note.channel] or tracks.names[1]
    placed[called] = placed[called] or {}
    table.insert(placed[called], note)
  end
  for _, called in ipairs(tracks.names) do -- in order, so that new ones lie as the band does
    local result = placed[called] and self:on(called)
    if result and result:alive() then result:write(placed[called]) end
  end
end

-- Give them the length that they have in the end: the source's, if all of it was made.
function Results:finish(whole)
  self:each(function(result)
    if whole then result:grow(result.last) end
    result:fit()
  end)
end

return Results
