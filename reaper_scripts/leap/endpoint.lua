-- Where the daemon is: the endpoint file in the user's config folder, and what the installer noted beside the scripts.

local endpoint = {}

endpoint.PROTOCOL = 1

local ESCAPED = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t" }

-- The character of `\uXXXX`, or of two of them that stand for one, and how many letters they take up.
local function unicode(text, at)
  local high = tonumber(text:sub(at + 1, at + 4), 16)
  local low = tonumber(text:match("^\\u(%x%x%x%x)", at + 5) or "", 16)
  if high >= 0xD800 and high < 0xDC00 and low then
    return utf8.char(0x10000 + (high - 0xD800) * 0x400 + (low - 0xDC00)), 11
  end
  return utf8.char(high), 5
end

-- A JSON text whose opening quote stands before `at`.
local function read_text(json, at)
  local parts = {}
  while true do
    local stop = json:find('["\\]', at)
    if not stop then return nil end
    parts[#parts + 1] = json:sub(at, stop - 1)
    if json:sub(stop, stop) == '"' then return table.concat(parts), stop + 1 end
    local letter, letters = json:sub(stop + 1, stop + 1), 1
    if letter == "u" then
      parts[#parts + 1], letters = unicode(json, stop + 1)
    else
      parts[#parts + 1] = ESCAPED[letter] or letter
    end
    at = stop + 1 + letters
  end
end

-- The texts and numbers of a JSON object without objects inside.
function endpoint.parse(json)
  local found, at = {}, 1
  while true do
    local name, start = json:match('"([%w_]+)"%s*:%s*()', at)
    if not name then return found end
    local text, after
    if json:sub(start, start) == '"' then
      text, after = read_text(json, start + 1)
      if not text then return found end
      found[name], at = text, after
    else
      text = json:match("^[-+.%w]+", start) or ""
      found[name], at = tonumber(text), start + #text
    end
  end
end

local function contents(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local text = file:read("a")
  file:close()
  return text
end

-- What `leap-bridge install reaper` noted: `executable`, `config` and `version`; an empty table if it did not.
function endpoint.installed(folder)
  local noted = {}
  for name, value in (contents(folder .. "installed.txt") or ""):gmatch("(%w+)=([^\r\n]*)") do
    noted[name] = value
  end
  return noted
end

-- Folders that may hold the endpoint file, the likeliest first.
function endpoint.folders(noted, os_name, getenv)
  local found = {}
  local function add(root, rest)
    if root and root ~= "" then found[#found + 1] = root .. rest end
  end
  add(getenv("LEAP_BRIDGE_CONFIG"), "")
  add(getenv("LEAP_BRIDGE_HOME"), "/config")
  add(noted.config, "")
  if os_name:match("^Win") then
    add(getenv("APPDATA"), "/leap-bridge/config")
  elseif os_name:match("^OSX") or os_name:match("^macOS") then
    add(getenv("HOME"), "/Library/Application Support/leap-bridge/config")
  else
    add(getenv("XDG_CONFIG_HOME"), "/leap-bridge")
    add(getenv("HOME"), "/.config/leap-bridge")
  end
  return found
end

-- The daemon that says it runs: host, port, mailbox, session, version, protocol, token; nil if none does.
function endpoint.find(folder)
  for _, place in ipairs(endpoint.folders(endpoint.installed(folder), reaper.GetOS(), os.getenv)) do
    local json = contents(place .. "/endpoint.json")
    local found = json and endpoint.parse(json)
    if found and found.mailbox and found.protocol then return found end
  end
  return nil
end

return endpoint
