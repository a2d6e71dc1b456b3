-- @noindex
-- The selected items again, as difficult as before, in another way.

local folder = debug.getinfo(1, "S").source:match("^@(.*[/\\])") or "./"
dofile(folder .. "leap.lua").arrange { new_seed = true }
