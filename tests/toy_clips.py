"""Two families for tests that need no recording: a piano that answers a clip, or plays alone, and a band.

Both strike on every beat of the host, and need no weights to speak of.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from leap_models import checkpoint, paths, registry
from leap_models.interface import ModelInfo, Param, Tick, Values, Window
from leap_models.music.grid import Grid
from leap_models.music.notes import Note, TrackInfo
from leap_models.music.players import BASS, DRUMS, INSTRUMENTS, NAMES
from leap_models.music.roll import notes_to_roll
from leap_models.music.tempo import TempoMap

GRID = Grid(sample_rate=200, frame_rate=200, frames=512, hop=512)
LENGTHS = (
    Param("bars", 2, 1, 16, unit="bars", help="how long music from nothing is"),
    Param("more", 0, 0, 16, unit="bars", help="how many bars are added behind a clip"),
    Param("pitch", 72, 0, 127, help="what is struck on every beat"),
)
TRACK = Param("track", "bass", choices=NAMES, help="which track a clip is")


@dataclass(frozen=True)
class Toy:
    """Strikes `pitch` on every beat, higher by the seed's chance; in a band that is the bass, and there are drums."""

    info: ModelInfo

    def ticks(self, params: Values) -> int:
        return 1

    def run_window(
        self, window: Window, previous: Window | None, params: Values, rng: np.random.Generator, tick: Tick
    ) -> Window:
        tick()
        tempo = window.tempo or TempoMap.steady(120)
        raised = int(rng.integers(12)) if previous is None else previous.state
        assert isinstance(raised, int)
        first = int(np.ceil(tempo.beat_at(window.start_s) - 1e-6))
        last = int(np.ceil(tempo.beat_at(window.start_s + GRID.window_s) - 1e-6))
        pitch = int(params["pitch"]) + raised
        played = {DRUMS: 36, BASS: pitch} if self.info.instruments else {0: pitch}
        notes = [
            Note(tempo.second_at(beat), tempo.second_at(beat + 0.5), pitch, 80, track)
            for beat in range(first, last) for track, pitch in played.items()
        ]  # fmt: skip
        roll = notes_to_roll(notes, GRID.frame_rate, GRID.frames, self.info.tracks, window.start_s)
        return replace(window, roll=roll, state=raised)


@dataclass(frozen=True)
class Family:
    """What the registry takes for a module."""

    name: str
    instruments: tuple[TrackInfo, ...] = ()

    def describe(self) -> ModelInfo:
        return ModelInfo(
            name=self.name, family="toy", takes=frozenset({"notes"}), gives="roll", grid=GRID,
            tracks=len(self.instruments) or 1, params=(*LENGTHS, *((TRACK,) if self.instruments else ())),
            licence="MIT", trained_on="nothing", summary="strikes on every beat", alone=True,
            instruments=self.instruments,
        )  # fmt: skip

    def load(self, folder: Path, device: str) -> Toy:
        return Toy(self.describe())


FAMILIES = {"toy_clips": Family("toy_clips"), "toy_band": Family("toy_band", INSTRUMENTS)}


def ship(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are there, beside the other toys."""
    import torch

    known: Callable[[str], object] = registry._family
    monkeypatch.setattr(registry, "_family", lambda name: FAMILIES.get(name) or known(name))
    for name in FAMILIES:
        monkeypatch.setitem(registry.FAMILIES, name, "toy_clips")
        card = checkpoint.Card(family=name, config={}, trained_on="nothing", licence="MIT", steps=1)
        checkpoint.save(paths.weights_folder() / name, card, {"nothing": torch.zeros(1)})
