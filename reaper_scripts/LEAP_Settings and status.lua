-- @noindex
-- The window with the settings and the state of the daemon.

local folder = debug.getinfo(1, "S").source:match("^@(.*[/\\])") or "./"
dofile(folder .. "leap.lua").window()
