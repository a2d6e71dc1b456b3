-- @noindex
-- What of the selected items lies in the time selection.

local folder = debug.getinfo(1, "S").source:match("^@(.*[/\\])") or "./"
dofile(folder .. "leap.lua").arrange { time_selection = true }
