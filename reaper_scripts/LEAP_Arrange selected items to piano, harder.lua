-- @noindex
-- The selected items again, one level of difficulty higher.

local folder = debug.getinfo(1, "S").source:match("^@(.*[/\\])") or "./"
dofile(folder .. "leap.lua").arrange { step = 1 }
