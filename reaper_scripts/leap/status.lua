-- How the daemon and its jobs are, for the window to show.

local model = require("leap.model")
local Link = require("leap.link")
local settings = require("leap.settings")

local Status = { ASK_S = 0.5 } -- between two looks at the jobs
Status.__index = Status

function Status.new(folder)
  return setmetatable({
    link = Link.new(folder), jobs = {}, models = { settings.get("model") }, params = nil, asked_at = -math.huge,
  }, Status)
end

-- off, starting, working or idle, and in words what that means.
function Status:light()
  local state = self.link.state
  if state == "ready" then
    if #self.jobs > 0 then return "working", "working, jobs: " .. #self.jobs end
    return "idle", "ready, version " .. tostring(self.link.client.version)
  end
  if state == "starting" then return "starting", "starting" end
  if state == "looking" then return "starting", "looking for the daemon" end
  return "off", self.link.trouble or Link.NOT_RUNNING
end

-- What the person should do about versions that differ; nil if they do not.
function Status:mismatch()
  return self.link.client and self.link.client:mismatch()
end

function Status:ask_jobs()
  local found = {}
  self.link.client:ask("/leap/status", { 0 }, function(address, answer)
    if address == "/leap/daemon" then
      local running = answer[5] ~= 0 and 1 or 0
      self.expected = answer[4] + running
    elseif address == "/leap/job" then
      local _, index, total, job, state, stage, done, units, eta_s, windows, of_windows, _, path = table.unpack(answer)
      self.expected = total
      found[index + 1] = {
        job = job, state = state, stage = stage, done = done, units = units, eta_s = eta_s, windows = windows,
        of_windows = of_windows, path = path,
      }
    end
    if #found < (self.expected or 0) then return false end
    self.jobs, self.expected = found, nil
    return true
  end)
end

-- Ask what models there are, and what the chosen one can be told, when that is not known yet.
function Status:ask_model()
  local name = settings.get("model")
  if self.described == name then return end
  self.described = name
  model.list(self.link.client, function(names) self.models = names or self.models end)
  model.describe(self.link.client, name, function(params) self.params = params end)
end

function Status:tick()
  self.link:tick()
  if self.link.state ~= "ready" then
    self.jobs, self.described = {}, nil
    return
  end
  self:ask_model()
  local now = reaper.time_precise()
  if now - self.asked_at > Status.ASK_S then
    self.asked_at = now
    self:ask_jobs()
  end
end

function Status:close()
  self.link:close()
end

return Status
