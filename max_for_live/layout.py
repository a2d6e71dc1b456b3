"""The two devices as patches: which controls there are, where they are, and how they are wired to the script."""

from dataclasses import dataclass, replace

from max_for_live.container import AUDIO_EFFECT, MIDI_EFFECT, Kind
from max_for_live.patch import Box, Cord, Json, Parameter, Patch, Rect, Stored

WIDTH = 592
DIALS = 12  # for a model's own parameters
PLACES = 6  # for dials, on a page
BANK = 8  # parameters that a controller shows at once
PORT = 9510  # before the endpoint file is read
ANSWERS = 49200  # before the script has chosen a port
DEVICE_SCRIPT, SCREEN_SCRIPT = "leap_device.js", "leap_screen.js"
ANY = ""
ASKING = ("arrange", "again", "newtake")  # the buttons that begin a take

# Where the script's words go, by their first.
DESTINATIONS = ("daemon", "listen", "screen", "menu", "state", "control", "patcher")


@dataclass(frozen=True)
class Variant:
    """One of the two.

    Args:
        argument: what the script is told.
    """

    file: str
    kind: Kind
    argument: str
    through: tuple[Box, ...]  # what comes in goes out, whatever we do
    through_cords: tuple[Cord, ...]


VARIANTS = (
    Variant(
        "LEAP.amxd", AUDIO_EFFECT, "audio",
        (Box("audio_in", "plugin~", 2, ("signal", "signal")), Box("audio_out", "plugout~", 2, ("signal", "signal"))),
        (Cord("audio_in", 0, "audio_out", 0), Cord("audio_in", 1, "audio_out", 1)),
    ),
    Variant(
        "LEAP MIDI.amxd", MIDI_EFFECT, "midi",
        (Box("midi_in", "midiin", 1, ("int",)), Box("midi_out", "midiout", 1)),
        (Cord("midi_in", 0, "midi_out", 0),),
    ),
)  # fmt: skip


def patch_of(variant: Variant) -> Patch:
    """The patch of a device."""
    parts = (_engine(variant), _source(), _knobs(), _model(), _screen())
    boxes = [*variant.through, *(box for part in parts for box in part[0])]
    cords = [*variant.through_cords, *(cord for part in parts for cord in part[1])]
    banks = {
        "LEAP": ("Difficulty", "Quantize", "Seed", "Loop Only", "Arrange", "Again", "New Take", "Cancel"),
        "Model": tuple(f"Model {index}" for index in range(1, BANK + 1)),
        "Model 2": tuple(f"Model {index}" for index in range(BANK + 1, DIALS + 1)),
    }
    return Patch(variant.kind, WIDTH, tuple(boxes), tuple(cords), banks, (DEVICE_SCRIPT, SCREEN_SCRIPT))


Part = tuple[list[Box], list[Cord]]


def _engine(variant: Variant) -> Part:
    """The script, the wire to the daemon, and what sorts the script's words."""
    boxes = [
        Box("this_device", "live.thisdevice", 1, ("bang", "int", "int")),
        Box("later", "deferlow", 1, (ANY,)),
        Box("leap", f"js {DEVICE_SCRIPT} {variant.argument}", 1, (ANY,), more={
            "saved_object_attributes": {"filename": DEVICE_SCRIPT, "parameter_enable": 0},
        }),
        Box("words", "route " + " ".join(DESTINATIONS), 1 + len(DESTINATIONS), (ANY,) * (1 + len(DESTINATIONS))),
        Box("to_daemon", f"udpsend 127.0.0.1 {PORT}", 1),
        Box("from_daemon", f"udpreceive {ANSWERS} @defer 1 @quiet 1", 1, (ANY,)),
        Box("scripting", "thispatcher", 1, (ANY, ANY)),
    ]  # fmt: skip
    cords = [
        Cord("this_device", 0, "later"), Cord("later", 0, "leap"), Cord("leap", 0, "words"),
        Cord("words", 0, "to_daemon"), Cord("words", 1, "from_daemon"), Cord("words", 6, "scripting"),
        Cord("from_daemon", 0, "later"),
    ]  # fmt: skip
    return boxes, cords


def _source() -> Part:
    """Left: what is arranged, and the buttons."""
    drop = Box("drop", "live.drop", 1, (ANY, ANY), (6, 6, 124, 40), Parameter(
        "Dropped File", "File", 4, "Drop a song here from Live's browser. A click on an audio clip takes its place.",
        stored=Stored.ONLY,
    ), typed=False, more={"decodemode": 1, "legend": "Drop a song"})  # fmt: skip
    buttons = {
        "arrange": (_button("Arrange", "Writes a clip of what the model makes of the clip that you clicked, the "
                            "song that you dropped, or nothing. The clip grows while it is made.", (6, 52, 124, 28))),
        "again": (_button("Again", "The same music and the same seed once more, with the controls as they are now. "
                          "A recording is not listened to anew.", (6, 86, 60, 20))),
        "newtake": (_button("New Take", "The same music with the next seed: another take.", (70, 86, 60, 20))),
        "loop": (_toggle("Loop Only", "Takes only the loop: the clip's own in the session, Live's loop brace in the "
                         "arrangement.", (6, 112, 124, 20))),
        "cancel": (_button("Cancel", "Stops the take. What is written already stays.", (6, 138, 124, 20))),
    }  # fmt: skip
    boxes = [drop, *(replace(box, name=name) for name, box in buttons.items()), _prepend("drop"), _prepend("loop")]
    boxes += [_trigger("cancel"), *(_trigger(name, "b") for name in ASKING)]  # what is typed is read before
    cords = [cord for name in ("drop", *buttons) for cord in _said(name)]
    cords += [Cord(f"say_{name}", 1, "word") for name in ASKING]
    return boxes, cords


def _knobs() -> Part:
    """Middle, above: what every take is asked for with."""
    boxes = [
        Box("difficulty", "live.dial", 1, (ANY, "float"), (142, 4, 56, 50), Parameter(
            "Difficulty", "Difficulty", 0, "How hard the piano part is to play, from 1, first year, to 5, virtuoso.",
            1.0, 5.0, 3.0,
        ), typed=False),
        Box("quantize", "live.dial", 1, (ANY, "float"), (202, 4, 56, 50), Parameter(
            "Quantize", "Quantize", 0, "How far notes move onto the sixteenths: of Live's grid for a warped clip, of "
            "the recording's own beat otherwise.", 0.0, 100.0, 0.0, units=5,
        ), typed=False),
        _label("seed_label", "Seed", (266, 2, 60, 13)),
        Box("seed", "live.numbox", 1, (ANY, "float"), (266, 15, 60, 14), Parameter(
            "Seed", "Seed", 0, "The same seed gives the same notes. New Take counts it up.", 0.0, 9999.0, 7.0, units=0,
        ), typed=False),
        _label("word_label", "", (266, 29, 60, 13)),
        Box("word", "textedit", 1, (ANY, "int", ANY, ANY), (266, 42, 60, 15), typed=False, more={
            "annotation": "A parameter of the chosen model that is typed: its name is above. The model's list of "
            "parameters says what it means.", "parameter_enable": 0, "hidden": 1, "text": "", "lines": 1, "keymode": 1,
            "outputmode": 1, "wordwrap": 0,
        }),
        *(_prepend(name) for name in ("difficulty", "quantize", "seed", "word")),
    ]  # fmt: skip
    cords = [cord for name in ("difficulty", "quantize", "seed", "word") for cord in _said(name)]
    return boxes, cords


def _model() -> Part:
    """Middle, below: the menu of models, and dials that take the meaning that the model gives them."""
    boxes = [
        _label("model_label", "Model", (142, 60, 38, 14)),
        Box("menu", "umenu", 1, ("int", ANY, ANY), (180, 58, 110, 18), typed=False, more={
            "annotation": "Which model makes the music. The daemon says which there are.", "parameter_enable": 0,
            "items": ["leap"],
        }),
        _prepend("model"),
        replace(_button("More", "Shows the model's other dials, and then the first again.", (294, 58, 32, 18),
                        Stored.HIDDEN), name="page"),
        _trigger("page"),
        Box("state", "pattr state", 1, (ANY, ANY, ANY), parameter=Parameter(
            "State", "State", 3, stored=Stored.ONLY,
        ), more={"saved_object_attributes": {"parameter_enable": 1}}),
        _prepend("state"),
    ]  # fmt: skip
    cords = [
        Cord("words", 3, "menu"), Cord("menu", 1, "say_model"), Cord("say_model", 0, "leap"),
        Cord("words", 4, "state"), *_said("state"), *_said("page"),
    ]  # fmt: skip
    controls = ["seed", "word", "word_label"]
    for index in range(1, DIALS + 1):
        boxes += _dial(index)
        cords += _said(f"dial{index}")
        controls.append(f"dial{index}")
    for place in range(1, PLACES + 1):
        left, top = _place(place)
        boxes.append(_label(f"label{place}", "", (left, top, 64, 13)))
        boxes.append(_label(f"value{place}", "", (left + 28, top + 19, 36, 13)))
        controls += [f"label{place}", f"value{place}"]
    boxes.append(Box("controls", "route " + " ".join(controls), 1 + len(controls), (ANY,) * (1 + len(controls))))
    cords.append(Cord("words", 5, "controls"))
    for outlet, name in enumerate(controls):
        boxes.append(Box(f"set_{name}", "prepend set", 1, (ANY,)))
        cords += [Cord("controls", outlet, f"set_{name}"), Cord(f"set_{name}", 0, name)]
    return boxes, cords


def _dial(index: int) -> list[Box]:
    """A dial; those of the second page are in the places of the first, and hidden."""
    left, top = _place((index - 1) % PLACES + 1)
    parameter = Parameter(
        f"Model {index}", f"Model {index}", 0,
        "A parameter of the chosen model: its name is above the dial, its value beside it.", initial=0.0,
    )  # fmt: skip
    return [
        Box(f"dial{index}", "live.dial", 1, (ANY, "float"), (left, top + 13, 27, 27), parameter, typed=False, more={
            "showname": 0, "shownumber": 0, "appearance": 1, "hidden": int(index > PLACES),
        }),
        Box(f"say_dial{index}", f"prepend dial {index}", 1, (ANY,)),
    ]  # fmt: skip


def _place(place: int) -> tuple[int, int]:
    """Left and top of a dial's label; the dial is below it and the value beside; two rows of three."""
    return 142 + (place - 1) % 3 * 64, 82 + (place - 1) // 3 * 42


def _screen() -> Part:
    """Right: the roll as it grows, the daemon's light, and what to do."""
    box = Box("screen", "jsui", 1, (ANY,), (336, 4, 250, 161), typed=False, more={
        "filename": SCREEN_SCRIPT, "parameter_enable": 0, "border": 0, "ignoreclick": 1,
        "annotation": "The notes as they are made: blue for the right hand, orange for the left, or a color for each "
        "player of a band. The light says whether the daemon is there.",
    })  # fmt: skip
    return [box], [Cord("words", 2, "screen")]


def _prepend(name: str) -> Box:
    """Tells the script which control a value is of."""
    return Box(f"say_{name}", f"prepend {name}", 1, (ANY,))


def _trigger(name: str, *more: str) -> Box:
    """Tells the script which button was pressed, after what `more` says."""
    return Box(f"say_{name}", " ".join(("t", name, *more)), 1, (ANY, *("bang" for _ in more)))


def _said(name: str) -> tuple[Cord, Cord]:
    """From a control to the script."""
    return Cord(name, 0, f"say_{name}"), Cord(f"say_{name}", 0, "leap")


def _label(name: str, text: str, rect: Rect) -> Box:
    return Box(name, "live.comment", 1, (), rect, typed=False, more={"text": text, "textjustification": 0})


def _button(name: str, info: str, rect: Rect, stored: Stored = Stored.AUTOMATED) -> Box:
    return _text(name, info, rect, {"mode": 0, "text": name, "texton": name}, stored=stored)


def _toggle(name: str, info: str, rect: Rect) -> Box:
    return _text(name, info, rect, {"mode": 1, "text": name, "texton": name}, 0.0)


def _text(
    name: str, info: str, rect: Rect, more: dict[str, Json], initial: float | None = None,
    stored: Stored = Stored.AUTOMATED,
) -> Box:  # fmt: skip
    parameter = Parameter(name, name, 2, info, words=("off", "on"), initial=initial, stored=stored)
    return Box("", "live.text", 1, (ANY, ANY), rect, parameter, typed=False, more=more)
