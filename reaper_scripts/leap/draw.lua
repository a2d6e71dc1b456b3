-- The window's picture, in `gfx` calls. State is said in words as well as in colour.

local say = require("leap.say")

local draw = {}

local WIDTH, HEIGHT = 480, 580 -- in points; a screen may have more pixels to one
local LABEL = 0.46 -- share of the width for labels
local FONT = 1
local KEYS = "arrows choose and change, Enter types or presses, Esc closes"

local scale, MARGIN, PAD, ROW, HEAD, BUTTON, LINE, LIGHT -- pixels

local function set_scale(to)
  scale = to
  MARGIN, PAD, ROW, HEAD, BUTTON, LINE, LIGHT = 14 * to, 8 * to, 25 * to, 44 * to, 28 * to, 20 * to, 12 * to
end

set_scale(1)

local COLOURS = {
  back = { 0.13, 0.14, 0.16 }, text = { 0.92, 0.92, 0.90 }, faint = { 0.62, 0.64, 0.66 },
  field = { 0.21, 0.23, 0.26 }, bar = { 0.22, 0.42, 0.58 }, focus = { 1.00, 0.80, 0.30 },
  off = { 0.85, 0.33, 0.28 }, starting = { 0.90, 0.70, 0.25 },
  idle = { 0.40, 0.78, 0.45 }, working = { 0.35, 0.65, 0.95 },
}

local function colour(name)
  local red, green, blue = table.unpack(COLOURS[name])
  gfx.set(red, green, blue, 1)
end

local function fill(rect, name)
  colour(name)
  gfx.rect(rect.x, rect.y, rect.w, rect.h, true)
end

local function outline(rect, name)
  colour(name)
  gfx.rect(rect.x, rect.y, rect.w, rect.h, false)
  gfx.rect(rect.x + 1, rect.y + 1, rect.w - 2, rect.h - 2, false)
end

-- Text that is as wide as there is room for; its end gives way to dots.
local function fitted(text, width)
  if gfx.measurestr(text) <= width then return text end
  while #text > 1 and gfx.measurestr(text .. "...") > width do
    text = text:sub(1, (utf8.offset(text, -1) or #text) - 1)
  end
  return text .. "..."
end

local function write(text, x, y, width, name, to_the_right)
  colour(name)
  text = fitted(text, width)
  gfx.x, gfx.y = to_the_right and x + width - gfx.measurestr(text) or x, y
  gfx.drawstr(text)
end

local function font(size, bold)
  gfx.setfont(FONT, "Arial", math.floor(size * scale), bold and string.byte("b") or 0)
end

-- Open the window, as sharp as the screen allows.
function draw.open(title)
  gfx.ext_retina = 1
  gfx.init(title, WIDTH, HEIGHT)
  set_scale(gfx.ext_retina)
end

-- Where rows and buttons lie: two lists of { x, y, w, h }, and the height that they leave free below.
function draw.layout(rows, buttons, width)
  local places, pressed, x = {}, {}, MARGIN + (width - 2 * MARGIN) * LABEL
  for index = 1, #rows do
    places[index] = { x = x, y = HEAD + (index - 1) * ROW, w = width - MARGIN - x, h = ROW - PAD / 2 }
  end
  local top, each = HEAD + #rows * ROW + PAD, (width - 2 * MARGIN + PAD) / #buttons
  for index = 1, #buttons do
    pressed[index] = { x = MARGIN + (index - 1) * each, y = top, w = each - PAD, h = BUTTON }
  end
  return places, pressed, top + BUTTON + MARGIN
end

local function draw_row(row, place, focused)
  local y = place.y + 3 * scale
  write(row.label, MARGIN, y, place.x - MARGIN - PAD, focused and "text" or "faint")
  fill(place, "field")
  local share = row.share and row.share()
  if share then fill({ x = place.x, y = place.y, w = place.w * share, h = place.h }, "bar") end
  write(row.text(), place.x + PAD, y, place.w - 2 * PAD, "text")
  if focused then outline(place, "focus") end
end

local function draw_button(button, place, focused)
  fill(place, "field")
  local room = place.w - PAD
  local width = math.min(gfx.measurestr(button.label), room)
  local x, y = place.x + (place.w - width) / 2, place.y + 6 * scale
  write(button.label, x, y, room, button.live() and "text" or "faint")
  if focused then outline(place, "focus") end
end

local function draw_head(state, words, width)
  font(18, true)
  write("LEAP", MARGIN, 11 * scale, 60 * scale, "text")
  font(14)
  fill({ x = MARGIN + 62 * scale, y = 15 * scale, w = LIGHT, h = LIGHT }, state)
  local x = MARGIN + 84 * scale
  write("daemon: " .. words, x, 13 * scale, width - MARGIN - x, "text")
end

local function draw_job(job, y, width)
  local bar = { x = MARGIN, y = y, w = width - 2 * MARGIN, h = LINE }
  fill(bar, "field")
  if job.of_windows > 0 then
    fill({ x = bar.x, y = y, w = bar.w * math.min(1, job.windows / job.of_windows), h = bar.h }, "bar")
  end
  local name = job.path:match("[^/\\]+$") or job.path
  local left = job.eta_s >= 0 and ", " .. say.duration(job.eta_s) .. " left" or ""
  local stage = job.stage ~= "" and job.stage or job.state
  local state = ("%s, %d of %d windows%s"):format(stage, job.windows, job.of_windows, left)
  local text_y, room = y + 3 * scale, bar.w - 2 * PAD
  write(name, bar.x + PAD, text_y, room - gfx.measurestr(state) - 2 * PAD, "text")
  write(state, bar.x + PAD, text_y, room, "text", true)
end

-- All of it. `view` has rows, buttons, focus (rows first, then buttons), state, words, jobs, note.
function draw.all(view)
  local width, height = gfx.w, gfx.h
  fill({ x = 0, y = 0, w = width, h = height }, "back")
  draw_head(view.state, view.words, width)
  local places, pressed, free = draw.layout(view.rows, view.buttons, width)
  for index, row in ipairs(view.rows) do
    draw_row(row, places[index], view.focus == index)
  end
  for index, button in ipairs(view.buttons) do
    draw_button(button, pressed[index], view.focus == #view.rows + index)
  end
  for index, job in ipairs(view.jobs) do
    local y = free + (index - 1) * ROW
    if y < height - 3 * LINE then draw_job(job, y, width) end
  end
  write(view.note, MARGIN, height - 2.1 * LINE, width - 2 * MARGIN, "text")
  write(KEYS, MARGIN, height - 1.1 * LINE, width - 2 * MARGIN, "faint")
end

return draw
