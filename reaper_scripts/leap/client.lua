-- A client of the daemon: asks, asks again until there is an answer, says now and then that it is still there, and
-- gives what jobs say to those who listen. It never waits; `tick` does what there is to do.

local endpoint = require("leap.endpoint")
local Mailbox = require("leap.mailbox")
local osc = require("leap.osc")

local Client = {
  BEAT_S = 5.0, -- between two hellos
  AGAIN_S = 1.0, -- without an answer a request is sent again
  GREET_S = 4.0, -- without an answer to the first hello there is no daemon
  PATIENCE_S = 20.0, -- without an answer to a later one it is gone
  MOST_BYTES = 65536, -- read at each tick
}
Client.__index = Client

Client.VERSION = "0.1.0" -- of these scripts; the daemon should have the same

local FROM_JOBS = { -- their first argument is the job; that of all others is the request
  ["/leap/progress"] = true, ["/leap/notes"] = true, ["/leap/window"] = true, ["/leap/warning"] = true,
  ["/leap/done"] = true, ["/leap/cancelled"] = true,
}

-- `at` is what `endpoint.find` found. `state` is greeting, ready, absent, lost, restarted or refused; `trouble` says
-- what is wrong.
function Client.new(at)
  local name = "reaper-" .. reaper.genGuid(""):gsub("[^%w-]", "")
  local self = setmetatable({
    endpoint = at, state = "greeting", trouble = nil, version = nil,
    mailbox = Mailbox.open(at.mailbox, name),
    number = 0, pending = {}, listeners = {}, heard_hello_at = -math.huge,
  }, Client)
  self:greet()
  return self
end

function Client:fail(state, trouble)
  if self.state == "greeting" or self.state == "ready" then
    self.state, self.trouble = state, trouble
  end
end

function Client:post(packets)
  local posted, why = self.mailbox:post(packets)
  if not posted then self:fail("absent", "The daemon's mailbox cannot be written: " .. tostring(why)) end
end

-- Send a request. `answer(address, arguments)` is called with each answer until it returns true.
function Client:ask(address, arguments, answer)
  self.number = self.number + 1
  local packet = osc.encode(address, { self.number, table.unpack(arguments) })
  local now = reaper.time_precise()
  self.pending[self.number] = { packet = packet, answer = answer, asked_at = now, sent_at = now }
  self:post { packet }
  return self.number
end

-- Send a request that has no answer of its own.
function Client:tell(address, arguments)
  self.number = self.number + 1
  self:post { osc.encode(address, { self.number, table.unpack(arguments) }) }
end

function Client:greet()
  local words = { 0, "REAPER", endpoint.PROTOCOL, Client.VERSION, "stay", 1 }
  if (self.endpoint.token or "") ~= "" then table.move({ "token", self.endpoint.token }, 1, 2, 7, words) end
  self.greeting = self:ask("/leap/hello", words, function(address, arguments)
    self.greeting = nil
    self.heard_hello_at = reaper.time_precise()
    if address == "/leap/welcome" then self:welcome(arguments) else self:refuse(arguments) end
    return true
  end)
end

function Client:welcome(arguments)
  local _, _, version, _, session = table.unpack(arguments)
  if self.session and self.session ~= session then
    self:fail("restarted", "The daemon was started again, and knows nothing of what was asked before.")
  end
  self.session, self.version = session, version
  if self.state == "greeting" then self.state = "ready" end
end

function Client:refuse(arguments)
  local _, _, code, message = table.unpack(arguments)
  if code == "wrong_protocol" then
    message = message .. ".\nRun `leap-bridge install reaper` again, so that the scripts and the daemon fit."
  end
  self:fail("refused", message)
end

-- What to say if the daemon is of another version than the scripts; nil if it is not.
function Client:mismatch()
  if not self.version or self.version == Client.VERSION then return nil end
  return ("These scripts are of leap-bridge %s, the daemon is %s; run `leap-bridge install reaper` again.")
    :format(Client.VERSION, self.version)
end

-- Have `listener(address, arguments)` called with what a job says; nil ends it.
function Client:listen(job, listener)
  self.listeners[job] = listener
end

function Client:answered(request, address, arguments)
  if address == "/leap/error" and arguments[3] == "no_hello" then return self:forgotten() end
  local pending = self.pending[request]
  if not pending then return end
  if not pending.answer or pending.answer(address, arguments) then self.pending[request] = nil end
end

-- The daemon does not know us any more: REAPER was busy for long. What is pending is sent again after the next hello.
function Client:forgotten()
  if not self.greeting then self:greet() end
end

function Client:dispatch(address, arguments)
  local job = FROM_JOBS[address] and arguments[1] or (address == "/leap/error" and arguments[2]) or 0
  if not FROM_JOBS[address] and arguments[1] ~= 0 then
    self:answered(arguments[1], address, arguments)
  elseif self.listeners[job] then
    self.listeners[job](address, arguments)
  end
end

function Client:send_again(now)
  for _, pending in pairs(self.pending) do
    if now - pending.sent_at > Client.AGAIN_S then
      pending.sent_at = now
      self:post { pending.packet }
    end
  end
end

-- Whether hellos stay without an answer. Counted from the first of them, so that a pause of REAPER's is no silence.
function Client:check_silence(now)
  if not self.greeting then return end
  local silent_s = now - self.pending[self.greeting].asked_at
  if self.state == "greeting" and silent_s > Client.GREET_S then
    self:fail("absent", "The LEAP daemon does not run: it left a note of where it was, but does not answer.")
  elseif silent_s > Client.PATIENCE_S then
    self:fail("lost", "The LEAP daemon does not answer any more.")
  end
end

-- Read what has come, and send what is due.
function Client:tick()
  for _, packet in ipairs(self.mailbox:receive(Client.MOST_BYTES)) do
    local address, arguments = osc.decode(packet)
    if address then self:dispatch(address, arguments) end
  end
  local now = reaper.time_precise()
  if not self.greeting and now - self.heard_hello_at > Client.BEAT_S then self:greet() end
  self:send_again(now)
  self:check_silence(now)
end

-- Leave: what still runs for us is cancelled.
function Client:close()
  if self.closed then return end
  self.closed = true
  if self.state == "ready" then
    local function packet(address, ...)
      self.number = self.number + 1
      return osc.encode(address, { self.number, ... })
    end
    self:post { packet("/leap/cancel", 0), packet("/leap/bye") }
  end
  self.mailbox:close()
end

return Client
