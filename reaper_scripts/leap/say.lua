-- How the actions speak to a person: in REAPER's status line, and aloud where the OSARA extension reads the screen.

local say = {}

local TITLE = "LEAP"
local YES_NO, YES = 4, 6 -- of message boxes

-- In passing.
function say.tell(text)
  reaper.Help_Set(text, false)
  if reaper.APIExists("osara_outputMessage") then reaper.osara_outputMessage(text) end
end

-- Something that must be read.
function say.warn(text)
  reaper.MB(text, TITLE, 0)
end

-- A question; whether the answer was yes.
function say.ask(text)
  return reaper.MB(text, TITLE, YES_NO) == YES
end

-- Seconds as a person says them.
function say.duration(seconds)
  if seconds < 60 then return ("%d s"):format(math.ceil(seconds)) end
  return ("%d:%02d min"):format(seconds // 60, math.floor(seconds % 60))
end

return say
