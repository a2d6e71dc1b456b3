"""A REAPER with a project, whose actions talk to the daemon of the test through its mailbox."""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from fake_reaper import Host
from lua_script import Script
from reaper_project import Item

from leap_bridge.daemon import Daemon
from leap_models.music import midi
from leap_models.music.notes import Note

ARRANGE = "LEAP_Arrange selected items to piano"
EASIER, HARDER = f"{ARRANGE}, easier", f"{ARRANGE}, harder"
AGAIN, SELECTION = f"{ARRANGE}, again with another seed", f"{ARRANGE}, time selection only"
CANCEL, WINDOW = "LEAP_Cancel", "LEAP_Settings and status"
Press = Callable[..., Script]
Music = Callable[..., Path]
Placed = tuple[float, float, int, int, int]  # start_s, end_s, channel, pitch, velocity


@pytest.fixture
def host() -> Host:
    """A REAPER with nothing in it, whose person has chosen the toy model."""
    host = Host()
    host.choose(model="toy", seed=7)
    return host


@pytest.fixture
def press(host: Host) -> Iterator[Press]:
    """Starts actions, which end at the end."""
    pressed: list[Script] = []

    def press(name: str, **more: object) -> Script:
        pressed.append(Script(host, name, **more))
        return pressed[-1]

    yield press
    for script in pressed:
        script.end()


@pytest.fixture
def item(host: Host, music: Music) -> Item:
    """A long recording, selected, that is arranged slowly."""
    host.choose(**{"param.toy.fault": "slow"})
    return host.project.add(music(20.0), 20.0)


def wait(claim: Callable[[], bool]) -> bool:
    """Whether something becomes so within half a minute."""
    stop_s = time.monotonic() + 30.0
    while not claim() and time.monotonic() < stop_s:
        time.sleep(0.01)
    return claim()


def written(daemon: Daemon, index: int = -1) -> tuple[Note, ...]:
    """The notes of a .mid that the daemon wrote; of the last job unless another is meant."""
    folders = sorted(path.parent for path in daemon.settings.jobs_folder.glob("*/result.json"))
    return midi.read(next(folders[index].glob("*.mid"))).notes


def request(daemon: Daemon, index: int = -1) -> dict[str, object]:
    """What a job was asked, with the model's parameters; the last job unless another is meant."""
    folders = sorted(path.parent for path in daemon.settings.jobs_folder.glob("*/result.json"))
    asked = json.loads((folders[index] / "result.json").read_text())["request"]
    return {**asked, **asked["params"]}


def agree(found: list[Placed], wanted: Iterable[Placed], within_s: float = 0.002) -> bool:
    """Whether these are the same notes, of some number, at the same times up to MIDI ticks."""
    found, wanted = (sorted(each, key=lambda note: (*note[2:], note[0])) for each in (found, wanted))
    assert [note[2:] for note in found] == [note[2:] for note in wanted]
    assert [note[0] for note in found] == pytest.approx([note[0] for note in wanted], abs=within_s)
    assert [note[1] for note in found] == pytest.approx([note[1] for note in wanted], abs=within_s)
    return len(found) > 5


def placed(notes: Iterable[Note], time: Callable[[float], float], semitones: int = 0) -> Iterator[Placed]:
    """The daemon's notes where the project has them; `time` takes seconds since the job's start."""
    for note in notes:
        start_s, end_s = sorted((time(note.start_s), time(note.end_s)))
        yield start_s, end_s, note.track, note.pitch + semitones, note.velocity


def notes_of(host: Host, index: int = 0) -> list[Placed]:
    """(start_s, end_s, channel, pitch, velocity) of a result, in project time."""
    return host.project.heard(host.project.results()[index])


def files_left(daemon: Daemon) -> list[str]:
    """What is in the mailbox."""
    return sorted(path.name for path in Path(daemon.settings.mailbox_folder).iterdir())
