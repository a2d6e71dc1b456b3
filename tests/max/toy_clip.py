"""A family for tests that goes on from a clip, or plays from nothing: a note on each beat that the clip leaves free."""

import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from leap_models import checkpoint
from leap_models.interface import ModelInfo, Param, Tick, Values, Window
from leap_models.music.bars import Bars
from leap_models.music.grid import Grid
from leap_models.music.notes import Note
from leap_models.music.roll import notes_to_roll
from leap_models.music.tempo import TempoMap

GRID = Grid(sample_rate=200, frame_rate=200, frames=400, hop=400)  # 2 s
KEYS = ("any", "C", "F#", "Bbm")
SLOW_S = 0.05
PARAMS = (
    Param("bars", 8, 1, 512, unit="bars", help="how long music from nothing is"),
    Param("bpm", 100.0, 30.0, 300.0, help="tempo of music from nothing"),
    Param("beats_per_bar", 4, 2, 7, help="quarters in a bar of music from nothing"),
    Param("key", "any", choices=KEYS, help="key of what is made"),
    Param("density", 0.0, 0.0, 12.0, help="how many notes"),
    Param("register", 0.0, 0.0, 108.0, help="mean pitch"),
    Param("fill", "", help="bars that are made anew"),
    Param("fill_low", 0, 0, 127, help="lowest pitch"),
    Param("fill_high", 127, 0, 127, help="highest pitch"),
    Param("more", 0, 0, 512, unit="bars", help="how many bars are added behind a clip"),
    Param("steps", 1, 1, 2000, help="of a window"),
    Param("fault", "none", choices=("none", "slow"), help="how to go wrong"),
)


def describe() -> ModelInfo:
    return ModelInfo(
        name="toy_clip", family="toy_clip", takes=frozenset({"notes"}), gives="roll", grid=GRID, tracks=1,
        params=PARAMS, licence="MIT", trained_on="nothing", summary="a note on each free beat", alone=True,
    )  # fmt: skip


def load(folder: Path, device: str) -> "ToyClip":
    checkpoint.load(folder)
    return ToyClip(describe())


def save_weights(folder: Path) -> Path:
    import torch

    checkpoint.save(folder, checkpoint.Card(folder.name, {}, "nothing", "MIT", 1), {"nothing": torch.zeros(1)})
    return folder


@dataclass
class ToyClip:
    info: ModelInfo

    def ticks(self, params: Values) -> int:
        return int(params["steps"])

    def run_window(
        self, window: Window, previous: Window | None, params: Values, rng: np.random.Generator, tick: Tick
    ) -> Window:
        for _ in range(self.ticks(params)):
            tick()
        if params["fault"] == "slow":
            time.sleep(SLOW_S)
        assert window.tempo is not None
        given = () if self.info.instruments else window.notes  # to those of a band the pipeline adds them
        notes = [*given, *self._made(window, window.tempo, rng)]
        near = [each for each in notes if each.end_s > window.start_s and each.start_s < window.start_s + GRID.window_s]
        roll = notes_to_roll(near, GRID.frame_rate, GRID.frames, self.info.tracks, window.start_s)
        return replace(window, roll=roll, state=window.index)

    def _made(self, window: Window, tempo: TempoMap, rng: np.random.Generator) -> list[Note]:
        """From the window's first beat on: half a beat for each player."""
        free = Bars(tempo).origin + Bars(tempo).count(window.notes) * tempo.beats_per_bar
        first = int(np.ceil(max(tempo.beat_at(window.start_s), free if self.info.tracks == 1 else -1e9) - 1e-6))
        last = int(np.ceil(tempo.beat_at(window.start_s + GRID.window_s) - 1e-6))
        playing = {note.track for note in window.notes} if self.info.instruments else set()
        return [
            Note(tempo.second_at(beat), tempo.second_at(beat + 0.5), 48 + 3 * track + int(rng.integers(3)), 80, track)
            for beat in range(max(0, first), last) for track in range(self.info.tracks) if track not in playing
        ]  # fmt: skip
