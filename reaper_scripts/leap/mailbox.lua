-- The folder through which a client without sockets talks to the daemon: requests as files of their own, written under
-- another name and renamed; answers in one file, to which the daemon appends.

local osc = require("leap.osc")

local Mailbox = {}
Mailbox.__index = Mailbox

-- `name` is the client's own: letters, digits, `-` and `_`.
function Mailbox.open(folder, name)
  local stem = folder .. "/" .. name
  return setmetatable({ stem = stem, replies = stem .. ".replies", number = 0, read_to = 0 }, Mailbox)
end

-- Send packets, in one file. Returns false and why if they cannot be written.
function Mailbox:post(packets)
  self.number = self.number + 1
  local path = ("%s.%d"):format(self.stem, self.number)
  local file, why = io.open(path .. ".writing", "wb")
  if not file then return false, why end
  for _, packet in ipairs(packets) do
    file:write(osc.frame(packet))
  end
  local closed
  closed, why = file:close()
  if not closed then return false, why end
  local renamed
  renamed, why = os.rename(path .. ".writing", path .. ".request")
  return renamed or false, why
end

-- Bytes that have come since the last look, at most `most`.
function Mailbox:fresh(most)
  local file = io.open(self.replies, "rb")
  if not file then return "" end
  local size = file:seek("end")
  if size < self.read_to then self.read_to = 0 end -- somebody removed the file, and the daemon began another
  file:seek("set", self.read_to)
  local data = size > self.read_to and file:read(most) or ""
  file:close()
  return data
end

-- The packets that have come since the last look; `most` bytes of them, so that no look takes long.
function Mailbox:receive(most)
  local data = self:fresh(most)
  local packets, used = osc.unframe(data)
  if not packets then -- damaged: what is lost with it is asked for again
    packets, used = {}, #data
  end
  self.read_to = self.read_to + used
  return packets
end

-- Leave nothing behind.
function Mailbox:close()
  os.remove(self.replies)
end

return Mailbox
