"""The files that are shipped: a container that a stranger can read, and a patch in which nothing is misspelt."""

import csv
import re
from pathlib import Path

import pytest

from leap_bridge import __version__
from leap_models import paths
from max import amxd
from max.conftest import FOLDER
from max_for_live import build
from max_for_live.layout import DIALS, PLACES, VARIANTS

TAGS = {"LEAP.amxd": ("aaaa", 1633771873), "LEAP MIDI.amxd": ("mmmm", 1835887981)}
SCRIPTS = ["leap_device.js", "leap_screen.js"]

with (Path(__file__).parent / "objects.tsv").open(encoding="utf-8") as file:
    OBJECTS = {row["name"]: row for row in csv.DictReader(file, delimiter="\t")}


@pytest.fixture
def boxes(device: amxd.Device) -> dict[str, dict]:
    return {each["box"]["id"]: each["box"] for each in device.patcher["boxes"]}


@pytest.fixture
def parameters(boxes: dict[str, dict]) -> dict[str, dict]:
    """What Live knows of each control, by its box."""
    found = {name: box.get("saved_attribute_attributes") for name, box in boxes.items() if box.get("parameter_enable")}
    return {name: attributes["valueof"] for name, attributes in found.items()}


@pytest.fixture
def shown(boxes: dict[str, dict]) -> dict[str, list[int]]:
    """The rectangles on the device."""
    return {name: box["presentation_rect"] for name, box in boxes.items() if box.get("presentation")}


def typed(box: dict) -> list[str]:
    """The words of a box: its object and the object's arguments."""
    words = box["text"].split() if box["maxclass"] == "newobj" else [box["maxclass"]]
    return ["trigger", *words[1:]] if words[0] == "t" else words


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda each: each.file)
def test_what_is_committed_is_what_the_sources_give(variant):
    assert (FOLDER / variant.file).read_bytes() == build.device(variant)


@pytest.mark.parametrize("name", TAGS)
def test_a_frozen_device_holds_its_scripts(name: str):
    device = amxd.read(FOLDER / name)
    assert device.frozen
    assert device.tag == TAGS[name][0]
    assert device.patcher["project"]["amxdtype"] == TAGS[name][1]
    assert [each.name for each in device.entries] == [name, *SCRIPTS]
    assert [(each.kind, each.flag, each.version) for each in device.entries] == [
        ("JSON", 0x11, 0), ("TEXT", 0, 0), ("TEXT", 0, 0),
    ]  # fmt: skip


def test_the_patch_ends_as_max_ends_it(device: amxd.Device):
    assert device.entries[0].data.endswith(b"}\n")


def test_scripts_are_plain_text(device: amxd.Device):
    for name in SCRIPTS:
        assert device.text(name).isascii()


def test_every_box_is_an_object_of_max_with_its_inlets_and_outlets(boxes: dict[str, dict]):
    for box in boxes.values():
        name, *arguments = typed(box)
        known = OBJECTS[name]
        assert box["maxclass"] == known["maxclass"]
        inlets, outlets = int(known["inlets"]), int(known["outlets"])
        if name == "route":  # has one of each for every word, and one more
            inlets, outlets = len(arguments) + 1, len(arguments) + 1
        if name == "trigger":
            outlets = len(arguments)
        assert (box["numinlets"], box["numoutlets"]) == (inlets, outlets), box["id"]
        assert len(box.get("outlettype", [])) == outlets


def test_the_kinds_of_outlets_are_those_of_max(boxes: dict[str, dict]):
    for box in boxes.values():
        name, *arguments = typed(box)
        known = OBJECTS[name]["outlet_types"].split()
        if name == "trigger":  # says for each outlet what comes out
            known = ["bang" if argument == "b" else "*" for argument in arguments]
        if len(known) == box["numoutlets"]:
            assert box.get("outlettype", []) == [kind.replace("*", "") for kind in known]


def test_the_scripts_say_how_many_outlets_they_have(device: amxd.Device):
    for name in SCRIPTS:
        assert re.search(r"^inlets = 1;\noutlets = 1;$", device.text(name), re.MULTILINE)


def test_every_cord_ends_at_an_outlet_and_an_inlet(device: amxd.Device, boxes: dict[str, dict]):
    for line in device.patcher["lines"]:
        source, target = line["patchline"]["source"], line["patchline"]["destination"]
        assert 0 <= source[1] < boxes[source[0]]["numoutlets"]
        assert 0 <= target[1] < boxes[target[0]]["numinlets"]


def test_every_box_is_wired(device: amxd.Device, boxes: dict[str, dict]):
    ends = {line["patchline"][end][0] for line in device.patcher["lines"] for end in ("source", "destination")}
    assert set(boxes) - ends == {"model_label", "seed_label"}


def test_names_are_given_once(device: amxd.Device, parameters: dict[str, dict]):
    names = [each["box"]["varname"] for each in device.patcher["boxes"]]
    long = [each["parameter_longname"] for each in parameters.values()]
    assert len(set(names)) == len(names)
    assert len(set(long)) == len(long)


def test_live_is_told_of_every_parameter(device: amxd.Device, parameters: dict[str, dict]):
    told = {name: each for name, each in device.patcher["parameters"].items() if isinstance(each, list)}
    assert told == {
        name: [each["parameter_longname"], each["parameter_shortname"], each["parameter_type"]]
        for name, each in parameters.items()
    }


def test_controllers_find_the_main_controls_first(device: amxd.Device, parameters: dict[str, dict]):
    banks = device.patcher["parameters"]["parameterbanks"]
    long = {each["parameter_longname"] for each in parameters.values()}
    assert [len(bank["parameters"]) for bank in banks.values()] == [8, 8, 8]
    assert {name for bank in banks.values() for name in bank["parameters"]} - {"-"} <= long
    assert banks["0"]["parameters"][:3] == ["Difficulty", "Quantize", "Seed"]


def test_parameters_are_listed_with_the_most_used_first(parameters: dict[str, dict]):
    listed = sorted(parameters.values(), key=lambda each: each["parameter_order"])
    assert [each["parameter_longname"] for each in listed][:4] == ["Difficulty", "Quantize", "Seed", "Loop Only"]


def test_numbers_keep_within_their_range(parameters: dict[str, dict]):
    for each in parameters.values():
        assert each["parameter_type"] != 1, "Live's whole numbers end at 255"
        for initial in each.get("parameter_initial", []):
            low = each.get("parameter_mmin", 0)
            assert low <= initial <= each["parameter_mmax"]


def test_difficulty_is_continuous_from_1_to_5(parameters: dict[str, dict]):
    found = parameters["difficulty"]
    assert (found["parameter_type"], found["parameter_mmin"], found["parameter_mmax"]) == (0, 1.0, 5.0)
    assert found["parameter_initial"] == [3.0]


def test_what_can_be_automated_is_what_a_person_turns(parameters: dict[str, dict]):
    hidden = {name for name, each in parameters.items() if each["parameter_invisible"]}
    assert hidden == {"drop", "state", "page"}


def test_everything_that_is_touched_says_what_it_does(boxes: dict[str, dict], shown: dict[str, list[int]]):
    labels = {name for name in shown if boxes[name]["maxclass"] == "live.comment"}
    for name in set(shown) - labels:
        assert boxes[name]["annotation"].endswith(".")


def test_everything_is_within_what_live_shows(device: amxd.Device, shown: dict[str, list[int]]):
    for left, top, width, height in shown.values():
        assert 0 <= left <= left + width <= device.patcher["devicewidth"]
        assert 0 <= top <= top + height <= 169


@pytest.mark.parametrize("page", [0, 1])
def test_nothing_lies_on_anything_else(shown: dict[str, list[int]], page: int):
    others = {f"dial{index}" for index in range(1, DIALS + 1) if (index - 1) // PLACES != page}
    rects = sorted((name, rect) for name, rect in shown.items() if name not in others)
    for index, (name, (left, top, width, height)) in enumerate(rects):
        for other, (x, y, w, h) in rects[index + 1 :]:
            apart = left + width <= x or x + w <= left or top + height <= y or y + h <= top
            assert apart, (name, other)


def test_audio_and_midi_pass_through_untouched(device: amxd.Device):
    cords = {(*line["patchline"]["source"], *line["patchline"]["destination"]) for line in device.patcher["lines"]}
    audio = {("audio_in", 0, "audio_out", 0), ("audio_in", 1, "audio_out", 1)}
    assert audio <= cords or ("midi_in", 0, "midi_out", 0) in cords


def test_the_device_knows_its_version(device: amxd.Device):
    assert f'"version": "{__version__}"' in device.text("leap_device.js")
    assert re.search(rf'"build": "{re.escape(__version__)}\+[0-9a-f]{{8}}"', device.text("leap_device.js"))


@pytest.mark.parametrize(("system", "index"), [("darwin", 0), ("win32", 1), ("linux", 2)])
def test_the_endpoint_file_is_looked_for_where_the_daemon_puts_it(
    system: str, index: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    for name in ("LEAP_BRIDGE_HOME", "LEAP_BRIDGE_CONFIG", "XDG_CONFIG_HOME", "APPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(paths.sys, "platform", system)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert f"{tmp_path}{build.ENDPOINTS[index]}" == (paths.config_folder() / "endpoint.json").as_posix()
