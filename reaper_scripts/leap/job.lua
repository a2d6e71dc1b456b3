-- The arrangement of one item: asked for, heard window by window, drawn a few notes at a time.

local Results = require("leap.results")
local say = require("leap.say")
local score = require("leap.score")
local Sound = require("leap.sound")
local tempo = require("leap.tempo")
local TimeMap = require("leap.time_map")

local Job = {
  AGAIN_S = 0.5, -- between two requests for what is missing
  QUIET_S = 2.0, -- a job that says nothing for so long is asked how it is
  MOST_REQUESTS = 16, -- for missing windows at once
  MOST_TRIES = 60, -- without anything new; then it is lost
}
Job.__index = Job

-- `source` is what `take.read` gave; `order` has model, difficulty, seed, pairs, and perhaps tempo and tracks, as
-- `model.tracks` gives them; `number` is the client's own, from 1. `outcome` stays nil until the job is over: done,
-- cancelled, deleted or failed.
function Job.new(project, client, source, order, number, reserved)
  return setmetatable({
    project = project, client = client, source = source, order = order, number = number, reserved = reserved,
    parts = {}, windows = 0, finals = {}, queue = {}, drawn = 0, tries = 0, asked_at = 0, heard_at = 0,
    stage = "waiting", done = 0, total = 0, eta_s = -1, warnings = {},
    results = Results.new(project, source, order, reserved),
  }, Job)
end

-- Ask for it: first comes, part by part, what it is made of and no file: its notes, and the beats there.
function Job:begin()
  self.stage = "asking"
  local messages = {}
  local function add(about, parts)
    for _, arguments in ipairs(parts) do
      messages[#messages + 1] = { about, arguments }
    end
  end
  if self:has_score() then add("/leap/score", score.messages(self.number, self.source.rows)) end
  if self:has_beats() then add("/leap/tempo", tempo.messages(self.number, self.order.tempo)) end
  local function ask(part)
    if not messages[part] then return self:ask_arrangement() end
    local about, arguments = table.unpack(messages[part])
    self.client:ask(about, arguments, function(address, arguments)
      if address == "/leap/error" then self:fail(arguments[4]) else ask(part + 1) end
      return true
    end)
  end
  ask(1)
end

function Job:has_score()
  return self.source.rows ~= nil and #self.source.rows > 0
end

function Job:has_beats()
  return self.order.tempo ~= nil and not self.source.like
end

function Job:ask_arrangement()
  local low, high = self.source.map:file_range()
  local order, source = self.order, self.source
  self.starts = math.max(0.0, low)
  if source.rows then self.starts, high = 0.0, 0.0 end
  local arguments = { source.path, self.starts, high, order.difficulty + 0.0, order.seed }
  local function add(...) table.move({ ... }, 1, select("#", ...), #arguments + 1, arguments) end
  add(table.unpack(order.pairs))
  if self:has_score() then add("score", self.number) end
  if source.like then add("like", source.like) end
  if self:has_beats() then add("tempo", self.number) end
  self.client:ask("/leap/arrange", arguments, function(address, answer)
    if address == "/leap/error" then self:fail(answer[4]) else self:accepted(answer) end
    return true
  end)
end

function Job:accepted(answer)
  local _, job, windows, _, _, starts, length, seed = table.unpack(answer)
  self.job, self.total, self.order.seed = job, windows, seed
  if self.source.rows then self.source.map = TimeMap.steady(self.source.map:project_range(), length) end
  if math.abs(starts - self.starts) > 0.001 then self.starts = starts end -- it travels with seven digits
  self.heard_at = reaper.time_precise()
  self.client:listen(job, function(address, arguments)
    self.heard_at = reaper.time_precise()
    local hear = Job.HEARD[address]
    if hear then hear(self, arguments) end
  end)
  if self.cancelling then self:cancel() end
end

function Job:fail(why)
  self:over("failed", why)
end

function Job:over(outcome, why)
  if self.outcome then return end
  self.outcome, self.trouble = outcome, why
  if self.job then self.client:listen(self.job, nil) end
end

-- Have it stop; what is drawn stays.
function Job:cancel()
  self.cancelling = true
  if self.job then
    self.client:tell("/leap/cancel", { self.job })
    self.asked_at = reaper.time_precise()
  elseif self.stage == "waiting" then
    self:over("cancelled")
  end
end

-- What the job says ------------------------------------------------------------------------------------------------

function Job:know_windows(count)
  if count > self.windows then self.windows, self.tries = count, 0 end
end

-- Where a note is heard in the project, into the queue; as a key that the piano has.
function Job:place(pitch, starts, length, velocity, channel)
  pitch = pitch + math.floor(self.source.transposition + 0.5)
  while pitch < 0 do pitch = pitch + 12 end
  while pitch > 127 do pitch = pitch - 12 end
  local from = self.starts + starts
  for _, span in ipairs(self.source.map:spans(from, from + length)) do
    self.queue[#self.queue + 1] =
      { from = span[1], to = span[2], pitch = pitch, velocity = velocity, channel = channel }
  end
end

function Job:hear_notes(arguments)
  local _, window, part, parts = table.unpack(arguments, 1, 4)
  local known = self.parts[window] or { count = parts, come = 0 }
  self.parts[window] = known
  self:know_windows(window + 1)
  if known[part] then return end
  known[part], known.come, self.tries = true, known.come + 1, 0
  for index = 5, #arguments, 5 do
    self:place(table.unpack(arguments, index, index + 4))
  end
end

function Job:hear_window(arguments)
  local _, window, final_until = table.unpack(arguments)
  self:know_windows(window + 1)
  self.finals[window] = final_until
end

function Job:hear_progress(arguments)
  local _
  _, self.stage, self.done, self.units, self.eta_s = table.unpack(arguments)
end

function Job:hear_last(outcome, arguments)
  self.last, self.path = outcome, arguments[#arguments]
  self:know_windows(arguments[2])
end

Job.HEARD = {
  ["/leap/notes"] = Job.hear_notes,
  ["/leap/window"] = Job.hear_window,
  ["/leap/progress"] = Job.hear_progress,
  ["/leap/warning"] = function(self, arguments) self.warnings[#self.warnings + 1] = arguments[2] end,
  ["/leap/done"] = function(self, arguments) self:hear_last("done", arguments) end,
  ["/leap/cancelled"] = function(self, arguments) self:hear_last("cancelled", arguments) end,
  ["/leap/error"] = function(self, arguments) self:fail(arguments[4]) end,
}

-- What there is to do at each tick ------------------------------------------------------------------------------------

function Job:missing()
  local found = {}
  for window = 0, self.windows - 1 do
    local known = self.parts[window]
    if not known or known.come < known.count then found[#found + 1] = window end
  end
  return found
end

function Job:ask_for_missing(now)
  local missing = self:missing()
  local quiet = not self.last and now - self.heard_at > Job.QUIET_S
  if now - self.asked_at < Job.AGAIN_S then return end
  if self.cancelling and not self.last then self:cancel() end -- again, as it may have been lost
  if #missing == 0 and not quiet then return end
  self.asked_at, self.tries = now, self.tries + (#missing > 0 and 1 or 0)
  if self.tries > Job.MOST_TRIES then return self:fail("notes were lost on their way, and could not be had again") end
  for index = 1, math.min(#missing, Job.MOST_REQUESTS) do
    self.client:tell("/leap/need", { self.job, missing[index], -1 })
  end
  if #missing == 0 then self.client:tell("/leap/need", { self.job, -1 }) end
end

-- Notes may come in any order, so the item reaches as far as windows are whole from the first one on.
function Job:grow()
  local window = 0
  while self.parts[window] and self.parts[window].come == self.parts[window].count and self.finals[window] do
    window = window + 1
  end
  local final = self.finals[window - 1]
  if final and self.source.map:forwards() then
    for _, time in ipairs(self.source.map:times(self.starts + final)) do
      self.results:each(function(result) result:grow(time) end)
    end
  end
end

-- Draw at most `most` notes; gives how many.
function Job:draw(most)
  local count = math.min(most, #self.queue - self.drawn)
  if count <= 0 then return 0 end
  self.results:write(table.move(self.queue, self.drawn + 1, self.drawn + count, 1, {}))
  self.drawn = self.drawn + count
  return count
end

-- Whether the items are still there; without them the job is stopped.
function Job:check_items()
  local item = self.source.item
  if self.results:deleted() then
    self:cancel()
    self:over("deleted")
  elseif item and not self.cancelling and not reaper.ValidatePtr2(self.project, item, "MediaItem*") then
    self.source_gone = true
    self:cancel()
  end
end

function Job:finish()
  if self.source.like then
    if self.path ~= "" then
      local sound = Sound.make(self.project, self.source, self.order, self.path, self.reserved)
      if not sound then return self:fail("the sound cannot be opened: " .. self.path) end
      self.results:add(sound)
    end
  else
    self.results:finish(self.last == "done")
  end
  self:over(self.last)
end

-- How it goes, in words.
function Job:status()
  local eta = self.eta_s and self.eta_s >= 0 and (", " .. say.duration(self.eta_s) .. " left") or ""
  return ("%s: %s, %d of %d windows%s"):format(self.source.name, self.stage, self.windows, self.total, eta)
end

-- What a person should know of the result.
function Job:remarks()
  local found = table.move(self.warnings, 1, #self.warnings, 1, {})
  local cents = 100 * (self.source.transposition - math.floor(self.source.transposition + 0.5))
  if math.abs(cents) >= 5 then
    found[#found + 1] = ("it sounds %d cents beside the piano's keys"):format(math.floor(cents + 0.5))
  end
  if self.source.like and self.source.is_bent then
    found[#found + 1] = "the sound is played once, forwards and unstretched"
  end
  if self.source_gone then found[#found + 1] = "the item was deleted; what was made of it stays" end
  for index, text in ipairs(found) do
    found[index] = self.source.name .. ": " .. text
  end
  return found
end

-- Do what there is to do, and draw at most `most` notes; gives how many were drawn.
function Job:tick(most)
  self:check_items()
  if self.outcome then return 0 end
  local drawn = self:draw(most)
  if self.job then self:ask_for_missing(reaper.time_precise()) end
  self:grow()
  self.results:each(function(result) result:fit() end)
  local may_draw = most > 0 or not self.source.like -- a sound's track is made in the project that is in front
  if self.last and may_draw and #self.queue == self.drawn and #self:missing() == 0 then self:finish() end
  return drawn
end

return Job
