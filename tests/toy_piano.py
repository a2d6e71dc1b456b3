"""A family for tests that gives audio: a sine for each note, as loud as the reference.

It keeps what a real one keeps - a reference that is read once, a state handed on, chance from `rng` - and it can be
told to go wrong in the ways that the guard has to catch.
"""

import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from leap_models import checkpoint
from leap_models.interface import ModelInfo, Param, Tick, Values, Window
from leap_models.music.grid import Grid

GRID = Grid(sample_rate=8000, frame_rate=250, frames=500, hop=400)  # 2 s, 0.4 s of them crossfaded
FAULTS = ("none", "nan", "loud", "shape", "double", "slow")
TAIL_S = 0.5


def describe() -> ModelInfo:
    return ModelInfo(
        name="toy_piano", family="toy_piano", takes=frozenset({"audio", "notes"}), gives="audio", grid=GRID, tracks=1,
        params=(
            Param("gain", 1.0, 0.0, 1000.0, help="how loud"),
            Param("hiss", 0.0, 0.0, 1.0, help="how much noise"),
            Param("fault", "none", choices=FAULTS, help="how to go wrong"),
        ),
        licence="MIT", trained_on="nothing", summary="plays notes as sines", lowest=21, highest=108, tail_s=TAIL_S,
    )  # fmt: skip


def load(folder: Path, device: str) -> "ToyPiano":
    checkpoint.load(folder)
    return ToyPiano()


@dataclass(frozen=True)
class State:
    loudness: float


@dataclass
class ToyPiano:
    listened: int = 0  # times that a reference was read

    @property
    def info(self) -> ModelInfo:
        return describe()

    def ticks(self, params: Values) -> int:
        return 2

    def run_window(
        self, window: Window, previous: Window | None, params: Values, rng: np.random.Generator, tick: Tick
    ) -> Window:
        tick()
        tick()
        known = previous.state if previous is not None else None
        state = known if isinstance(known, State) else State(float(window.recall("loudness", self._listen(window))[0]))
        audio = float(params["gain"]) * state.loudness * sines(window)
        audio += float(params["hiss"]) * rng.uniform(-1, 1, len(audio))
        return replace(window, audio=_spoiled(audio.astype(np.float32), str(params["fault"])), state=state)

    def _listen(self, window: Window):
        def listen() -> np.ndarray:
            self.listened += 1
            return np.array([np.abs(window.reference).max()], np.float32)

        return listen


def sines(window: Window) -> np.ndarray:
    """All notes that sound in a window, in phase with what the windows beside it hold."""
    first = round(window.start_s * GRID.sample_rate)
    time_s = (first + np.arange(GRID.samples)) / GRID.sample_rate
    held = [(pedal.start_s, pedal.end_s) for pedal in window.pedals]
    mix = np.zeros(GRID.samples)
    for note in window.notes:
        end_s = max([note.end_s, *(end for start, end in held if start <= note.end_s <= end)])
        if end_s < time_s[0] or note.start_s > time_s[-1]:
            continue
        sounding = (time_s >= note.start_s) & (time_s < end_s)
        hz = 440 * 2 ** ((note.pitch - 69) / 12)
        mix += 0.2 * note.velocity / 127 * np.sin(2 * np.pi * hz * time_s) * sounding
    return mix


def _spoiled(audio: np.ndarray, fault: str) -> np.ndarray:
    if fault == "nan":
        audio[3] = np.nan
    if fault == "loud":
        audio[3] = 1e6
    if fault == "shape":
        return audio[1:]
    if fault == "double":
        return audio.astype(np.float64)
    if fault == "slow":
        time.sleep(0.05)
    return audio


def save_weights(folder: Path) -> Path:
    """A checkpoint of it, with nothing that matters inside."""
    import torch

    card = checkpoint.Card(family="toy_piano", config={}, trained_on="nothing", licence="MIT", steps=1)
    checkpoint.save(folder, card, {"nothing": torch.zeros(1)})
    return folder
