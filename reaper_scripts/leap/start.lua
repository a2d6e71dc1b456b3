-- Starting the daemon from REAPER.

local endpoint = require("leap.endpoint")
local say = require("leap.say")

local start = {}

start.PATIENCE_S = 60 -- a first start has to read its libraries from disk

local NO_WAIT, NO_WAIT_MINIMISED = -1, -2 -- of ExecProcess

-- A program's name as one word of a command line. Windows has no quotes in names; elsewhere a quote ends the quoted
-- part, stands for itself, and begins it again.
local function quoted(word, os_name)
  if os_name:match("^Win") then return '"' .. word .. '"' end
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

-- The command that starts the daemon. `executable` is the Python that leap-bridge is installed in, or nil.
function start.command(executable, os_name)
  if not executable then return "leap-bridge serve" end
  return quoted(executable, os_name) .. " -m leap_bridge serve"
end

-- Ask the person whether to start the daemon, and start it; whether that was done. `why` says what is wrong.
function start.offer(folder, why)
  local os_name = reaper.GetOS()
  local command = start.command(endpoint.installed(folder).executable, os_name)
  local question = why .. "\n\nStart it now?\n\nYou can also start it in a terminal:\n" .. command
  if not say.ask(question) then return false end
  reaper.ExecProcess(command, os_name:match("^Win") and NO_WAIT_MINIMISED or NO_WAIT)
  say.tell("LEAP: starting the daemon")
  return true
end

return start
