-- The way to the daemon: found through its endpoint file, looked for again when it is gone, waited for when it starts.

local Client = require("leap.client")
local endpoint = require("leap.endpoint")
local start = require("leap.start")

local Link = {
  LOOK_S = 0.5, -- between two looks for the endpoint file
  STALE_S = 10.0, -- after so long, one that did not answer is tried again
}
Link.__index = Link

Link.NOT_RUNNING = "The LEAP daemon does not run."

-- `state` is looking, off, starting, ready or failed; `trouble` says why.
function Link.new(folder)
  return setmetatable({ folder = folder, state = "looking", looked_at = -math.huge }, Link)
end

-- Somebody has started the daemon: it will be there soon.
function Link:expect()
  self.state, self.until_s = "starting", reaper.time_precise() + start.PATIENCE_S
end

function Link:off(trouble)
  self.state, self.trouble = "off", trouble
end

-- A daemon that did not answer is not asked again at once, unless it was started anew.
function Link:is_stale(at, now)
  return self.stale and self.stale.session == at.session and now < self.stale.until_s
end

function Link:look(now)
  if now - self.looked_at < Link.LOOK_S then return end
  self.looked_at = now
  local at = endpoint.find(self.folder)
  if at and not self:is_stale(at, now) then
    if at.protocol ~= endpoint.PROTOCOL then
      self.state = "failed"
      self.trouble = ("The daemon speaks protocol %s, these scripts %d; run `leap-bridge install reaper` again.")
        :format(at.protocol, endpoint.PROTOCOL)
    else
      self.client = Client.new(at)
    end
  elseif self.state == "starting" and now > self.until_s then
    self:off("The LEAP daemon did not start.")
  elseif self.state == "looking" then
    self:off(self.trouble or Link.NOT_RUNNING)
  end
end

function Link:follow(now)
  local client = self.client
  client:tick()
  if client.state == "ready" then
    self.state = "ready"
  elseif client.state == "absent" then
    self.stale = { session = client.endpoint.session, until_s = now + Link.STALE_S }
    client:close()
    self.client = nil
    if self.state ~= "starting" then self:off(client.trouble) end
  elseif client.state ~= "greeting" then
    self.state, self.trouble = "failed", client.trouble
  end
end

function Link:tick()
  local now = reaper.time_precise()
  if self.client then
    self:follow(now)
  elseif self.state ~= "failed" then
    self:look(now)
  end
end

-- Begin again after a failure.
function Link:reset()
  self:close()
  self.client, self.state, self.trouble, self.looked_at = nil, "looking", nil, -math.huge
end

function Link:close()
  if self.client then self.client:close() end
end

return Link
