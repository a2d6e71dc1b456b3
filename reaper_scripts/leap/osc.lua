-- OSC messages as packets, and packets in the mailbox's files, where each has its size before it.

local osc = {}

osc.MOST_BYTES = 65536 -- of a packet; more is damage

local function padded(text)
  return text .. ("\0"):rep(4 - #text % 4)
end

-- The type tag and the bytes of an argument. Numbers with a fraction travel as doubles, which the daemon takes.
local function argument(value)
  local kind = math.type(value)
  if kind == "integer" then return "i", string.pack(">i4", value) end
  if kind == "float" then return "d", string.pack(">d", value) end
  if type(value) == "string" and not value:find("\0", 1, true) then return "s", padded(value) end
  error("OSC carries numbers and text without zero bytes, got a " .. type(value))
end

-- A packet. `arguments` is a list of numbers and texts.
function osc.encode(address, arguments)
  local tags, data = { "," }, {}
  for index, value in ipairs(arguments) do
    tags[index + 1], data[index] = argument(value)
  end
  return padded(address) .. padded(table.concat(tags)) .. table.concat(data)
end

local FORMATS = { i = ">i4", f = ">f", d = ">d", h = ">i8" }

local function read_text(packet, at)
  local text, after = string.unpack("z", packet, at)
  return text, at + (after - at + 3) // 4 * 4
end

local function read_message(packet)
  local address, at = read_text(packet, 1)
  local tags, arguments = "", {}
  tags, at = read_text(packet, at)
  assert(address:sub(1, 1) == "/" and tags:sub(1, 1) == ",")
  for tag in tags:sub(2):gmatch(".") do
    if tag == "s" then
      arguments[#arguments + 1], at = read_text(packet, at)
    else
      arguments[#arguments + 1], at = string.unpack(FORMATS[tag], packet, at)
    end
  end
  return address, arguments
end

-- The address and the list of arguments of a packet; nil if it is damaged.
function osc.decode(packet)
  local whole, address, arguments = pcall(read_message, packet)
  if whole then return address, arguments end
  return nil
end

-- A packet as it stands in a file.
function osc.frame(packet)
  return string.pack(">s4", packet)
end

-- The whole packets at the start of `data`, and how many bytes they take up; nil if a size cannot be.
function osc.unframe(data)
  local packets, used = {}, 0
  while used + 4 <= #data do
    local size = string.unpack(">i4", data, used + 1)
    if size <= 0 or size > osc.MOST_BYTES then return nil end
    if used + 4 + size > #data then break end
    packets[#packets + 1] = data:sub(used + 5, used + 4 + size)
    used = used + 4 + size
  end
  return packets, used
end

return osc
