"""A daemon that ends, however it ends, leaves no note sounding."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

from leap_bridge.midi import messages

PROGRAM = """
import sys, threading
from pathlib import Path
from leap_bridge.events import Stretched
from leap_bridge.midi.ports import RecordingPorts
from leap_bridge.stage import Stage
from leap_models.music.notes import Note
from leap_models.music.tempo import TempoMap

class Printing(RecordingPorts):
    def send(self, message):
        sys.stdout.write(message.hex() + "\\n")
        if message[0] >> 4 == 9:
            struck.set()

class Song:
    number, live = 1, True
    def listen(self, take):
        take(Stretched(1, 0, 9, (Note(0.0, 60.0, 60, 90),), 99.0, TempoMap.steady(120), 1, ""))
    def leave(self, take):
        pass

struck = threading.Event()
stage = Stage(Path("."), Printing)
stage.start()
stage.play(Song(), {}, lambda event: None)
assert struck.wait(20)
END
"""


@pytest.mark.parametrize("end", ["pass", "raise KeyError('a bug')", "sys.exit(3)", "stage.close()"])
def test_every_end_is_silent(end: str, tmp_path: Path):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.replace("END", end)],
        capture_output=True, text=True, env=environment, cwd=tmp_path, timeout=60, check=False,
    )  # fmt: skip
    expected = [
        messages.note_on(0, 60, 90), messages.note_off(0, 60),
        messages.control(0, 64, 0), messages.control(0, messages.ALL_NOTES_OFF, 0),
    ]  # fmt: skip
    assert done.stdout.split() == [message.hex() for message in expected]
