"""Pictures of the devices, drawn from the patch's presentation rectangles and by the screen's own script.

    PYTHONPATH=.:tests python -m max.picture        draws those of README anew
"""

import json
from functools import cache
from pathlib import Path

import matplotlib
from PIL import Image, ImageDraw, ImageFont

from leap_bridge import __version__, demo_song
from leap_bridge.osc import replies
from leap_bridge.osc.addresses import FROM_DAEMON
from leap_bridge.osc.codec import Message
from leap_models import registry
from leap_models.families import musegan
from leap_models.interface import ModelInfo
from leap_models.music.players import DRUMS
from max import amxd
from max.engine import Script
from max_for_live.layout import DIALS, PLACES

FOLDER = Path(__file__).resolve().parents[2] / "max_for_live"
GRAPHICS = (Path(__file__).parent / "graphics.js").read_text(encoding="utf-8")
SCALE = 2
HEIGHT = 169
BACK, FRAME, KNOB, TEXT, BUTTON, ON = "#3a3d42", "#2b2d31", "#5aa9e6", "#d9dbde", "#55595f", "#e6b450"
Color = tuple[int, ...] | str


@cache
def font(size: float) -> ImageFont.FreeTypeFont:
    """Arial's measures, or the nearest that there is."""
    usual = Path("/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf")
    shipped = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    return ImageFont.truetype(str(usual), size) if usual.exists() else ImageFont.truetype(str(shipped), size * 0.9)


def measure(words: str, size: float) -> list[float]:
    return [font(size * SCALE).getlength(words) / SCALE, size]


class Screen:
    """The screen's script, with something to draw on."""

    def __init__(self, device: amxd.Device, size: tuple[int, int]) -> None:
        graphics = GRAPHICS.replace("dukpy.size", json.dumps(list(size)))
        self._script = Script(device.text("leap_screen.js"), {"measure": measure}, graphics)
        self.size = size

    def tell(self, *words: object) -> None:
        self._script.receive(list(words))

    def paint(self) -> Image.Image:
        """What it draws."""
        image = Image.new("RGBA", (self.size[0] * SCALE, self.size[1] * SCALE))
        pen = Pen(image)
        for name, *words in self._script.run("__paint()"):
            getattr(pen, name)(*words)
        return image


class Pen:
    """Carries Max's drawing calls out."""

    def __init__(self, image: Image.Image) -> None:
        self._draw, self._color, self._shape = ImageDraw.Draw(image), "white", None
        self._at, self._size = (0.0, 0.0), 12.0

    def set_source_rgba(self, *shares: float) -> None:
        self._color = tuple(round(255 * share) for share in shares)

    def rectangle(self, *rect: float) -> None:
        self.rectangle_rounded(*rect, 0, 0)

    def rectangle_rounded(self, left: float, top: float, width: float, height: float, wide: float, _: float) -> None:
        box = [SCALE * each for each in (left, top, left + width, top + height)]
        box[2:] = [max(box[0], box[2] - 1), max(box[1], box[3] - 1)]
        self._shape = lambda: self._draw.rounded_rectangle(box, wide * SCALE / 2, self._color)

    def ellipse(self, left: float, top: float, width: float, height: float) -> None:
        box = [SCALE * each for each in (left, top, left + width, top + height)]
        self._shape = lambda: self._draw.ellipse(box, self._color)

    def fill(self) -> None:
        self._shape()

    def select_font_face(self, name: str) -> None:
        assert name == "Arial"

    def set_font_size(self, size: float) -> None:
        self._size = size

    def move_to(self, left: float, top: float) -> None:
        self._at = (left * SCALE, top * SCALE)

    def show_text(self, words: str) -> None:
        self._draw.text(self._at, words, self._color, font(self._size * SCALE), "ls")


def draw(device: amxd.Device, shown: dict[str, object], screen: Screen) -> Image.Image:
    """A device as Live would show it.

    Args:
        shown: what controls are set to, by their box.
    """
    width = int(device.patcher["devicewidth"])
    image = Image.new("RGBA", (width * SCALE, HEIGHT * SCALE), BACK)
    for each in device.patcher["boxes"]:
        box = each["box"]
        if box.get("presentation") and shown.get(box["id"]) != "hidden":
            area = [SCALE * side for side in box["presentation_rect"]]
            control(ImageDraw.Draw(image), box, area, shown.get(box["id"]))
            if box["maxclass"] == "jsui":
                image.alpha_composite(screen.paint(), (area[0], area[1]))
    return image


def control(pen: ImageDraw.ImageDraw, box: dict, area: list[int], value: object) -> None:
    left, top, width, height = area
    rect = (left, top, left + width - 1, top + height - 1)
    name = box["maxclass"]
    if name == "live.dial":
        dial(pen, box, area, 0.0 if value is None else float(value))
    elif name == "live.comment":
        write(pen, (left + 2, top + height / 2), str(value or box["text"]), 9.5, "lm")
    elif name in ("live.text", "live.numbox", "umenu"):
        lit = box.get("mode") == 1 and value
        pen.rounded_rectangle(rect, 4, ON if lit else BUTTON)
        words = box["text"] if name == "live.text" else str(value)
        middle = name != "umenu"
        at = (left + width / 2, top + height / 2) if middle else (left + 8, top + height / 2)
        write(pen, at, words, 12 if height > 50 else 9.5, "mm" if middle else "lm", FRAME if lit else TEXT)
        if not middle:
            x, y = left + width - 14, top + height / 2
            pen.polygon([(x - 5, y - 3), (x + 5, y - 3), (x, y + 4)], TEXT)
    elif name == "textedit":
        pen.rounded_rectangle(rect, 4, FRAME, "#7a7f87", 2)
        write(pen, (left + 6, top + height / 2), str(value or ""), 9.5, "lm")
    elif name == "live.drop":
        pen.rounded_rectangle(rect, 6, FRAME, "#7a7f87", 2)
        write(pen, (left + width / 2, top + height / 2), str(value or box["legend"]), 9.5, "mm")


def dial(pen: ImageDraw.ImageDraw, box: dict, area: list[int], value: float) -> None:
    left, top, width, height = area
    found = box["saved_attribute_attributes"]["valueof"]
    low, high = found["parameter_mmin"], found["parameter_mmax"]
    named = box.get("showname", 1)
    size = min(width, height) - (48 if named else 8)
    x, y = left + (width - size) / 2 if named else left + 4, top + (24 if named else 4)
    pen.arc((x, y, x + size, y + size), 130, 410, "#1f2124", 6)
    pen.arc((x, y, x + size, y + size), 130, 130 + 280 * (value - low) / (high - low), KNOB, 6)
    if named:
        write(pen, (left + width / 2, top + 10), found["parameter_shortname"], 9.5, "mm")
        shown = f"{value:.0f} %" if found["parameter_unitstyle"] == 5 else f"{value:.2f}"
        write(pen, (left + width / 2, top + height - 10), shown, 9.5, "mm")


def write(
    pen: ImageDraw.ImageDraw, at: tuple[float, float], words: str, size: float, anchor: str, color: Color = TEXT
) -> None:
    pen.text(at, words, color, font(size * SCALE), anchor)


def screen_of(device: amxd.Device) -> Screen:
    box = next(each["box"] for each in device.patcher["boxes"] if each["box"]["id"] == "screen")
    return Screen(device, tuple(box["presentation_rect"][2:]))


SHOWN = {"difficulty": 2.5, "quantize": 50.0, "seed": 7, "menu": "leap"}
CONTROLS = """
    var told = [];
    var panel = new Panel(function (words) { told.push(words); });
    panel.setModels([dukpy.model]);
    panel.setParams(dukpy.rows);
    told
"""


def dials(device: amxd.Device, info: ModelInfo) -> dict[str, object]:
    """What the device's script puts on the controls of a model."""
    rows = [{"message": message, "rest": rest} for message, rest in map(named, replies.describe(1, info))]
    (model, _), *_ = map(named, replies.models(1, [info]))
    shown: dict[str, object] = {}
    for to, *words in Script(device.text("leap_device.js"), {}).run(CONTROLS, rows=rows, model=model):
        if to == "control":
            shown.setdefault(*words)
        elif to == "patcher" and words[1] == "hide":
            shown[words[2]] = "hidden"
    return shown


def named(message: Message) -> tuple[dict[str, object], list[object]]:
    """A message by names, and the rest of it."""
    names = [param.name for param in FROM_DAEMON[message.address].arguments]
    return dict(zip(names, message.arguments, strict=False)), list(message.arguments[len(names) :])


def working() -> Image.Image:
    """The audio effect while a take is made."""
    device = amxd.read(FOLDER / "LEAP.amxd")
    screen = screen_of(device)
    notes = [
        (note.pitch, note.start_s, note.end_s - note.start_s, 2 if note.pitch < 57 else 1)
        for part in demo_song.band() if not part.is_drum for note in part.notes
    ]  # fmt: skip
    length_s = max(start_s for _, start_s, _, _ in notes)
    screen.tell("light", "working")
    screen.tell("source", "Evening train (live)")
    screen.tell("begin")
    screen.tell("span", length_s)
    for note in notes:
        if note[1] < 0.66 * length_s:
            screen.tell("notes", *note)
    screen.tell("front", 0.66 * length_s)
    screen.tell("stage", "arranging", 66, 100, 41)
    screen.tell("status", "")
    return draw(device, SHOWN | dials(device, registry.describe("leap")), screen)


def playing() -> Image.Image:
    """The same with a band that has played."""
    device = amxd.read(FOLDER / "LEAP.amxd")
    screen = screen_of(device)
    info = musegan.describe()
    parts = demo_song.band()
    others = iter(sorted(set(range(len(info.instruments))) - {DRUMS}))
    screen.tell("light", "idle")
    screen.tell("source", "from nothing")
    screen.tell("begin")
    screen.tell("span", max(note.end_s for part in parts for note in part.notes))
    for part in sorted(parts, key=lambda part: not part.is_drum)[: len(info.instruments)]:
        channel = info.channels[DRUMS if part.is_drum else next(others)] + 1
        for note in part.notes:
            screen.tell("notes", note.pitch, note.start_s, note.end_s - note.start_s, channel)
    screen.tell("end")
    count = sum(len(part.notes) for part in parts)
    screen.tell("status", f"Done: {count} notes, seed 7. Put instruments on the LEAP tracks.")
    return draw(device, SHOWN | {"menu": info.name, "quantize": 0.0} | dials(device, info), screen)


def alone() -> Image.Image:
    """The MIDI effect before the daemon is started."""
    device = amxd.read(FOLDER / "LEAP MIDI.amxd")
    screen = screen_of(device)
    screen.tell("light", "off")
    screen.tell("build", __version__)
    hidden = dict.fromkeys(["page", "word", *(f"dial{index}" for index in range(1, DIALS + 1))], "hidden")
    empty = {f"{kind}{index}": " " for index in range(1, PLACES + 1) for kind in ("label", "value")}
    return draw(device, {**SHOWN, "difficulty": 3.0, "quantize": 0.0, "word_label": " ", **hidden, **empty}, screen)


def main() -> None:
    """Draw them."""
    working().convert("RGB").save(FOLDER / "LEAP.png", optimize=True)
    playing().convert("RGB").save(FOLDER / "LEAP band.png", optimize=True)
    alone().convert("RGB").save(FOLDER / "LEAP MIDI.png", optimize=True)


if __name__ == "__main__":
    main()
