"""REAPER's `gfx` functions, drawing into a picture."""

from collections import deque
from pathlib import Path
from typing import Any

import matplotlib
from PIL import Image, ImageDraw, ImageFont

FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
FUNCTIONS = ("init", "quit", "update", "getchar", "set", "rect", "setfont", "drawstr", "measurestr")
FIELDS = {
    "x": 0, "y": 0, "w": 0, "h": 0, "mouse_x": -1, "mouse_y": -1, "mouse_cap": 0, "mouse_wheel": 0, "ext_retina": 0,
}  # fmt: skip
STRICT = """
local fields = ...
return setmetatable(fields, {
  __index = function(_, name) error("gfx has no " .. tostring(name), 2) end,
  __newindex = function(_, name) error("gfx has no " .. tostring(name), 2) end,
})
"""


class Gfx:
    """A window. Keys in `keys` are read one after another; `scale` is how many pixels the screen has to a point."""

    scale = 1

    def __init__(self, lua: Any) -> None:
        self.keys: deque[int] = deque()
        self.texts: list[str] = []  # of the last picture
        self.is_open = False
        self._next: list[str] = []
        self._colour, self._font = (0, 0, 0), ImageFont.load_default()
        functions = {name: getattr(self, name) for name in FUNCTIONS}
        self.table = lua.execute(STRICT, lua.table_from({**FIELDS, **functions}))

    def init(self, title: str, width: int, height: int) -> None:
        self.is_open, self.title = True, title
        if self.table["ext_retina"]:
            self.table["ext_retina"], width, height = self.scale, width * self.scale, height * self.scale
        self.table["w"], self.table["h"] = width, height
        self.image = Image.new("RGB", (width, height))
        self._draw = ImageDraw.Draw(self.image)

    def quit(self) -> None:
        self.is_open = False

    def getchar(self) -> int:
        return self.keys.popleft() if self.keys else 0

    def set(self, red: float, green: float, blue: float, alpha: float) -> None:
        self._colour = tuple(round(255 * each) for each in (red, green, blue))

    def rect(self, x: float, y: float, width: float, height: float, filled: bool) -> None:
        if width < 1 or height < 1:
            return
        corners = (int(x), int(y), int(x + width) - 1, int(y + height) - 1)
        self._draw.rectangle(corners, fill=self._colour if filled else None, outline=self._colour)

    def setfont(self, index: int, face: str, size: int, flags: int = 0) -> None:
        name = "DejaVuSans-Bold.ttf" if flags else "DejaVuSans.ttf"
        self._font = ImageFont.truetype(FONTS / name, size - 3)  # REAPER's size is the height of a line

    def measurestr(self, text: str) -> tuple[float, float]:
        left, top, right, bottom = self._font.getbbox(text)
        return right - left, bottom - top

    def drawstr(self, text: str) -> None:
        width = self.measurestr(text)[0]
        x, y = self.table["x"], self.table["y"]
        inside = x >= 0 and x + width <= self.table["w"] + 1 and 0 <= y < self.table["h"]
        assert inside, f"{text!r} is outside"
        self._draw.text((x, y), text, fill=self._colour, font=self._font)
        self._next.append(text)

    def update(self) -> None:
        self.texts, self._next = self._next, []
