-- @description LEAP: arrange selected items to piano
-- @version 0.1.0
-- @author the leap-bridge authors
-- @about
--   # LEAP
--   Makes a piano arrangement of the selected audio items, as hard as you like, as a MIDI item under each of them.
--
--   **ReaPack installs the actions only.** What arranges is the program leap-bridge, which runs on your computer:
--   install it as its README says, then run `leap-bridge serve`. If you install the actions with
--   `leap-bridge install reaper` instead, do not install them here as well.
-- @changelog
--   First version
-- @provides
--   [main] LEAP_Arrange selected items to piano, again with another seed.lua
--   [main] LEAP_Arrange selected items to piano, easier.lua
--   [main] LEAP_Arrange selected items to piano, harder.lua
--   [main] LEAP_Arrange selected items to piano, time selection only.lua
--   [main] LEAP_Cancel.lua
--   [main] LEAP_Settings and status.lua
--   [nomain] leap.lua
--   [nomain] leap/*.lua

local folder = debug.getinfo(1, "S").source:match("^@(.*[/\\])") or "./"
dofile(folder .. "leap.lua").arrange()
