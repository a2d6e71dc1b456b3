-- One press of an action: what is selected becomes jobs, and the jobs become items, without ever holding REAPER up.

local Job = require("leap.job")
local Link = require("leap.link")
local model = require("leap.model")
local Result = require("leap.result")
local say = require("leap.say")
local selection = require("leap.selection")
local settings = require("leap.settings")
local start = require("leap.start")
local tempo = require("leap.tempo")

local Run = {
  NOTES_PER_TICK = 200,
  AT_ONCE = 4, -- jobs that the daemon is asked for at the same time
  SAY_S = 1.0, -- between two words about progress
}
Run.__index = Run

-- Of which kinds a model is known to be, as one word.
local function kinds_of(model)
  local words = {}
  for _, kind in ipairs { "plays", "clips", "alone" } do
    if settings.is(kind, model) then words[#words + 1] = kind end
  end
  return table.concat(words, " ")
end

-- `wish` is as in `leap.arrange`. A run without sources is over at once.
function Run.new(folder, wish)
  local self = setmetatable({
    folder = folder, wish = wish, project = reaper.EnumProjects(-1), model = settings.get("model"),
    jobs = {}, reserved = {}, started_at = reaper.time_precise(), said_at = -math.huge,
  }, Run)
  self:look()
  if not self.over then self.link = Link.new(folder) end
  return self
end

-- What is selected, as the model, of the kind that it is known as, takes it.
function Run:look()
  self.kinds = kinds_of(self.model)
  self.sources, self.problems = selection.read(self.project, self.wish, self.model)
  if #self.sources == 0 then self:stop() end -- the problems say why
end

function Run:stop(trouble)
  self.over, self.trouble = true, trouble
end

-- From wishes to jobs ---------------------------------------------------------------------------------------------

-- Difficulty and seed of a source: those of its last take, changed as wished, or those of the settings.
function Run:choose(source, params)
  local last = (self.wish.step or self.wish.new_seed) and Result.last_of(self.project, source.guid)
  local seed = last and last.seed or math.floor(settings.number("seed"))
  if self.wish.new_seed then seed = -1 end
  local knob = model.find(params, "difficulty")
  if not knob then return 0.0, seed end
  local difficulty = (last and last.difficulty or settings.param(self.model, knob)) + (self.wish.step or 0)
  return math.max(knob.low, math.min(knob.high, difficulty)), seed
end

-- A clip is in the project's beats; a recording is if the person says so.
function Run:order(source, params, tracks)
  local difficulty, seed = self:choose(source, params)
  local beats
  if source.rows and not source.like then
    beats = tempo.on(self.project, source.map)
  elseif settings.get("grid") == "project" then
    beats = tempo.of(self.project, source.map)
  end
  local pairs_of = model.pairs_of(self.model, params)
  return { model = self.model, difficulty = difficulty, seed = seed, pairs = pairs_of, tempo = beats, tracks = tracks }
end

-- Hear of which kind the model is, what it can be told, and who plays in what it gives; then there are jobs.
function Run:describe()
  local client = self.link.client
  self.described = true
  model.list(client, function(names, why)
    if not names then return self:stop(why) end
    if kinds_of(self.model) ~= self.kinds then self:look() end -- what was selected means something else to it
    if self.over then return end
    model.describe(client, self.model, function(params, why)
      if not params then return self:stop(why) end
      if settings.is("plays", self.model) then return self:make_jobs(params) end
      model.tracks(client, self.model, Result.TRACK, function(tracks, why)
        if tracks then self:make_jobs(params, tracks) else self:stop(why) end
      end)
    end)
  end)
end

function Run:make_jobs(params, tracks)
  for number, source in ipairs(self.sources) do
    local order = self:order(source, params, tracks)
    self.jobs[number] = Job.new(self.project, self.link.client, source, order, number, self.reserved)
  end
end

-- The daemon is not there: ask once whether to start it.
function Run:offer()
  if self.offered then return self:stop(self.link.trouble) end
  self.offered = true
  if start.offer(self.folder, self.link.trouble) then
    self.link:expect()
  else
    self:stop()
  end
end

-- At each tick -------------------------------------------------------------------------------------------------------

function Run:cancel()
  self.cancelled = true
  for _, job in ipairs(self.jobs) do
    if not job.outcome then job:cancel() end
  end
  if #self.jobs == 0 then self:stop() end
end

function Run:begin_more()
  local busy = 0
  for _, job in ipairs(self.jobs) do
    if job.stage ~= "waiting" and not job.outcome then busy = busy + 1 end
  end
  for _, job in ipairs(self.jobs) do
    if busy < Run.AT_ONCE and job.stage == "waiting" and not job.outcome then
      job:begin()
      busy = busy + 1
    end
  end
end

-- Draw only while the project is the one in front, since new tracks go there.
function Run:draw()
  local left = reaper.EnumProjects(-1) == self.project and Run.NOTES_PER_TICK or 0
  local live = false
  reaper.PreventUIRefresh(1)
  for _, job in ipairs(self.jobs) do
    left = left - job:tick(left)
    live = live or not job.outcome
  end
  reaper.PreventUIRefresh(-1)
  if left < Run.NOTES_PER_TICK then reaper.UpdateArrange() end
  return live
end

function Run:work()
  if self.link.state == "ready" and not self.described then self:describe() end
  if #self.jobs == 0 then return end
  self:begin_more()
  if not self:draw() then self:stop() end
end

function Run:fail_jobs(trouble)
  for _, job in ipairs(self.jobs) do
    job:fail(trouble)
  end
  self:stop(#self.jobs == 0 and trouble or nil)
end

-- One step; whether there is more to do.
function Run:tick()
  if self.over then return false end
  if not reaper.ValidatePtr2(0, self.project, "ReaProject*") then -- it was closed
    self:stop()
    return false
  end
  if not self.cancelled and settings.cancelled_at() > self.started_at then self:cancel() end
  if not self.over then self.link:tick() end
  if self.link.state == "off" then
    self:offer()
  elseif self.link.state == "failed" then
    self:fail_jobs(self.link.trouble)
  elseif not self.over then
    self:work()
  end
  self:say_progress()
  return not self.over
end

-- What a person hears -------------------------------------------------------------------------------------------------

function Run:say_progress()
  local now = reaper.time_precise()
  if self.over or now - self.said_at < Run.SAY_S then return end
  local words = {}
  for _, job in ipairs(self.jobs) do
    if not job.outcome and job.stage ~= "waiting" then words[#words + 1] = job:status() end
  end
  local text = "LEAP: " .. table.concat(words, "; ")
  if #words > 0 and text ~= self.said then
    self.said, self.said_at = text, now
    reaper.Help_Set(text, false)
  end
end

-- What became of it: notes, items by outcome, and what went wrong.
function Run:tally()
  local found = { notes = 0, made = 0, sounds = 0, done = 0, cancelled = 0, deleted = 0, failed = 0 }
  local troubles, warnings = { table.unpack(self.problems) }, { self.link and self.link.client and
    self.link.client:mismatch() }
  for _, job in ipairs(self.jobs) do
    if job.outcome then found[job.outcome] = found[job.outcome] + 1 end
    for _, result in ipairs(job.results.items) do
      found.notes, found.made = found.notes + result.notes, found.made + 1
      if result.is_sound then found.sounds = found.sounds + 1 end
    end
    if job.trouble then troubles[#troubles + 1] = job.source.name .. ": " .. job.trouble end
    table.move(job:remarks(), 1, #job:remarks(), #warnings + 1, warnings)
  end
  return found, troubles, warnings
end

local function count(number, noun)
  return ("%d %s%s"):format(number, noun, number == 1 and "" or "s")
end

local function summary(found)
  local parts = { count(found.notes, "note") .. " in " .. count(found.made - found.sounds, "item") }
  if found.sounds > 0 then
    parts = { count(found.sounds, "sound"), found.made > found.sounds and parts[1] or nil }
  end
  for _, outcome in ipairs { "cancelled", "deleted", "failed" } do
    if found[outcome] > 0 then parts[#parts + 1] = ("%d %s"):format(found[outcome], outcome) end
  end
  return table.concat(parts, ", ")
end

-- Leave: one undo step for all that was made, and a word about it; none if REAPER ends the script, as it may be closing
-- itself. Safe to call twice.
function Run:close(quiet)
  if self.closed then return end
  self.closed, self.over = true, true
  local found, troubles, warnings = self:tally()
  if self.link then self.link:close() end
  if found.made > 0 and reaper.ValidatePtr2(0, self.project, "ReaProject*") then
    Result.undo_step(self.project, "LEAP: arrange to piano (" .. summary(found) .. ")")
    reaper.UpdateArrange()
  end
  if quiet then return end
  if #self.jobs > 0 then say.tell("LEAP: " .. summary(found)) end
  if #warnings > 0 then reaper.ShowConsoleMsg("LEAP: " .. table.concat(warnings, "\nLEAP: ") .. "\n") end
  troubles[#troubles + 1] = self.trouble
  if #troubles > 0 then say.warn(table.concat(troubles, "\n")) end
end

-- Run until it is over. A script that defers gets no undo step of REAPER's own, so even the first tick is deferred.
function Run.start(folder, wish)
  local run = Run.new(folder, wish)
  local function tick()
    if run:tick() then reaper.defer(tick) else run:close() end
  end
  reaper.atexit(function() run:close(true) end)
  reaper.defer(tick)
end

return Run
