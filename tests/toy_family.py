"""A family for tests: it strikes a note in every slot of a window that is loud enough, and nothing in silence.

It has everything that a real one has - weights, parameters, chance, a state handed on from window to window - and it
can be told to go wrong in the ways that the guard has to catch.
"""

import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from leap_models import checkpoint
from leap_models.interface import ModelInfo, Param, Tick, Values, Window
from leap_models.music.grid import Grid
from leap_models.music.roll import Roll

GRID = Grid(sample_rate=8000, frame_rate=100, frames=128, hop=64)
SLOT = 16  # frames from one note to the next
LOUD = 0.01  # mean square of a slot that gets a note
FAULTS = ("none", "nan", "loud", "shape", "double", "memory", "bug", "slow")


def describe() -> ModelInfo:
    return ModelInfo(
        name="toy", family="toy", takes=frozenset({"audio"}), gives="roll", grid=GRID, tracks=1,
        params=(
            Param("difficulty", 3.0, 1.0, 5.0, help="how hard: more notes for more"),
            Param("steps", 2, 1, 10, unit="steps", help="units of work for a window"),
            Param("conditioner", "energy", choices=("energy", "nothing"), help="what it listens to"),
            Param("fault", "none", choices=FAULTS, help="how to go wrong"),
        ),
        licence="MIT", trained_on="nothing", summary="turns loudness into notes",
    )  # fmt: skip


def load(folder: Path, device: str) -> "Toy":
    return Toy(checkpoint.load(folder).tensors["scale"].numpy())


def save_weights(folder: Path) -> Path:
    """A checkpoint of the toy: the pitches that it plays."""
    import torch

    card = checkpoint.Card(family="toy", config={}, trained_on="nothing", licence="MIT", steps=1)
    checkpoint.save(folder, card, {"scale": torch.tensor([48, 55, 60, 64, 67, 72, 76])})
    return folder


@dataclass
class Toy:
    scale: np.ndarray  # MIDI numbers

    @property
    def info(self) -> ModelInfo:
        return describe()

    def ticks(self, params: Values) -> int:
        return int(params["steps"])

    def run_window(
        self, window: Window, previous: Window | None, params: Values, rng: np.random.Generator, tick: Tick
    ) -> Window:
        for _ in range(self.ticks(params)):
            tick()
        roll = self._play(window.audio, params, rng)
        if previous is not None:  # go on from what is known
            for plane in ("sounding", "onset", "velocity"):
                getattr(roll, plane)[..., : -GRID.hop] = getattr(previous.roll, plane)[..., GRID.hop :]
        return replace(window, roll=_spoiled(roll, str(params["fault"])), state=window.index)

    def _play(self, audio: np.ndarray, params: Values, rng: np.random.Generator) -> Roll:
        planes = np.zeros((3, 1, 128, GRID.frames), np.float32)  # sounding, onset, velocity
        slots = audio.reshape(GRID.frames // SLOT, -1)  # (slots, samples)
        for slot, samples in enumerate(slots):
            pitch = int(rng.choice(self.scale))
            chord = 1 + round(float(params["difficulty"])) // 3
            if np.mean(samples**2) < LOUD:
                continue
            for voice in range(chord):
                first = slot * SLOT
                planes[0, 0, pitch + 12 * voice, first : first + SLOT - 4] = 1.0
                planes[1, 0, pitch + 12 * voice, first] = 1.0
                planes[2, 0, pitch + 12 * voice, first : first + SLOT - 4] = 0.6
        return Roll(*planes, rate=GRID.frame_rate)


def _spoiled(roll: Roll, fault: str) -> Roll:
    if fault == "nan":
        roll.velocity[0, 60, 3] = np.nan
    if fault == "loud":
        roll.velocity[0, 60, 3] = 1.5
    if fault == "shape":
        return Roll(roll.sounding[:, :88], roll.onset[:, :88], roll.velocity[:, :88], roll.rate)
    if fault == "double":
        return Roll(*(plane.astype(np.float64) for plane in (roll.sounding, roll.onset, roll.velocity)), roll.rate)
    if fault == "memory":
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 99 bytes")
    if fault == "bug":
        raise KeyError("a bug")
    if fault == "slow":
        time.sleep(0.05)
    return roll
