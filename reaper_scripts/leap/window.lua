-- The window with the settings and the state of the daemon. Everything in it can be done with the keyboard.

local draw = require("leap.draw")
local panel = require("leap.panel")
local Run = require("leap.run")
local say = require("leap.say")
local settings = require("leap.settings")
local start = require("leap.start")
local Status = require("leap.status")

local Window = {}
Window.__index = Window

local KEY = {
  up = 30064, down = 1685026670, left = 1818584692, right = 1919379572, enter = 13, escape = 27, tab = 9, space = 32,
  closed = -1, none = 0,
}
local CLOSE_WHEN_PRESSED_AGAIN = 1 -- of set_action_options
local LEFT_BUTTON = 1 -- of gfx.mouse_cap
local WHEEL_NOTCH = 120

local function buttons_of(window)
  local function idle() return window.run == nil end
  return {
    { label = "Arrange items", help = "arrange the selected items", live = idle,
      press = function() window:arrange {} end },
    { label = "Time selection", help = "arrange what of the selected items lies in the time selection", live = idle,
      press = function() window:arrange { time_selection = true } end },
    { label = "Cancel", help = "stop every arrangement that was begun here", live = function() return true end,
      press = settings.request_cancel },
    { label = "Start daemon", help = "start the LEAP daemon if it does not run",
      live = function() return window.status.link.state ~= "ready" end, press = function() window:start_daemon() end },
  }
end

function Window.new(folder)
  local self = setmetatable({ folder = folder, status = Status.new(folder), focus = 2, mouse = 0 }, Window)
  self.buttons = buttons_of(self)
  self:rebuild()
  return self
end

-- Rows depend on what the daemon says of the model.
function Window:rebuild()
  local status, name = self.status, settings.get("model")
  if self.built and self.built.params == status.params and self.built.models == status.models
    and self.built.name == name then return end
  self.built = { params = status.params, models = status.models, name = name }
  self.rows = panel.rows(status.models, status.params)
  self.focus = math.min(self.focus, #self.rows + #self.buttons)
end

function Window:arrange(wish)
  if not self.run then self.run = Run.new(self.folder, wish) end
end

function Window:start_daemon()
  local link = self.status.link
  if link.state == "ready" or link.state == "starting" then return end
  local trouble = link.trouble or "The LEAP daemon does not run."
  link:reset()
  if start.offer(self.folder, trouble) then link:expect() end
end

-- What is in focus: a row or a button.
function Window:focused()
  return self.rows[self.focus] or self.buttons[self.focus - #self.rows]
end

function Window:help()
  local mismatch = self.status:mismatch()
  if mismatch then return mismatch end
  return self:focused().help
end

local function spoken(thing)
  return thing.text and thing.label .. ": " .. thing.text() or thing.label
end

function Window:move(by)
  self.focus = (self.focus - 1 + by) % (#self.rows + #self.buttons) + 1
  say.tell(spoken(self:focused()))
end

function Window:change(direction)
  local thing = self:focused()
  if not thing.step then return self:move(direction) end
  thing.step(direction)
  say.tell(spoken(thing))
end

function Window:activate()
  local thing = self:focused()
  if thing.press then thing.press() else thing.type() end
end

local ON_KEY = {
  [KEY.up] = function(self) self:move(-1) end,
  [KEY.down] = function(self) self:move(1) end,
  [KEY.tab] = function(self) self:move(1) end,
  [KEY.left] = function(self) self:change(-1) end,
  [KEY.right] = function(self) self:change(1) end,
  [KEY.enter] = Window.activate,
  [KEY.space] = Window.activate,
}

-- All keys since the last tick; false when the window is to close.
function Window:read_keys()
  local key = gfx.getchar()
  while key ~= KEY.none do
    if key == KEY.closed or key == KEY.escape then return false end
    if ON_KEY[key] then ON_KEY[key](self) end
    key = gfx.getchar()
  end
  return true
end

local function inside(place)
  return gfx.mouse_x >= place.x and gfx.mouse_x < place.x + place.w
    and gfx.mouse_y >= place.y and gfx.mouse_y < place.y + place.h
end

function Window:under_mouse()
  local places, pressed = draw.layout(self.rows, self.buttons, gfx.w)
  table.move(pressed, 1, #pressed, #places + 1, places)
  for index, place in ipairs(places) do
    if inside(place) then return index, place end
  end
  return nil
end

-- A click focuses, and presses, types or steps; a slider follows the mouse.
function Window:read_mouse()
  local down, was_down = gfx.mouse_cap & LEFT_BUTTON, self.mouse & LEFT_BUTTON
  self.mouse = gfx.mouse_cap
  local index, place = self:under_mouse()
  if gfx.mouse_wheel ~= 0 then
    local notches = gfx.mouse_wheel / WHEEL_NOTCH
    gfx.mouse_wheel = 0
    local row = index and self.rows[index]
    if row and row.step then row.step(notches > 0 and 1 or -1) end
  end
  if down == 0 or not index then return end
  local thing, fresh = self.rows[index] or self.buttons[index - #self.rows], was_down == 0
  if thing.set_share and (fresh or index == self.focus) then
    self.focus = index
    thing.set_share(math.max(0, math.min(1, (gfx.mouse_x - place.x) / place.w)))
  elseif fresh then
    self.focus = index
    self:activate()
  end
end

function Window:draw()
  local state, words = self.status:light()
  draw.all {
    rows = self.rows, buttons = self.buttons, focus = self.focus, state = state, words = words,
    jobs = self.status.jobs, note = self:help(),
  }
end

-- One step; false when the window is closed.
function Window:tick()
  self.status:tick()
  self:rebuild()
  if self.run and not self.run:tick() then
    self.run:close()
    self.run = nil
  end
  if not self:read_keys() then return false end
  self:read_mouse()
  self:draw()
  gfx.update()
  return true
end

function Window:close()
  if self.run then self.run:close(true) end
  self.run = nil
  self.status:close()
end

function Window.open(folder)
  if reaper.set_action_options then reaper.set_action_options(CLOSE_WHEN_PRESSED_AGAIN) end
  draw.open("LEAP settings and status")
  local window = Window.new(folder)
  local function tick()
    if window:tick() then reaper.defer(tick) else gfx.quit() end
  end
  reaper.atexit(function() window:close() end)
  tick()
end

return Window
