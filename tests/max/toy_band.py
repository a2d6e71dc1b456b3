"""The same for a band of five, in which those play along who have nothing to play."""

from pathlib import Path

from leap_models import checkpoint
from leap_models.interface import ModelInfo, Param
from leap_models.music.players import INSTRUMENTS, NAMES
from max.toy_clip import GRID, PARAMS, ToyClip

OWN = ("bars", "bpm", "fault", "steps")


def describe() -> ModelInfo:
    track = Param("track", "piano", choices=NAMES, help="whose part a clip is")
    return ModelInfo(
        name="toy_band", family="toy_band", takes=frozenset({"notes"}), gives="roll", grid=GRID,
        tracks=len(INSTRUMENTS), params=(track, *(each for each in PARAMS if each.name in OWN)), licence="MIT",
        trained_on="nothing", summary="five who play on each beat", alone=True, instruments=INSTRUMENTS,
    )  # fmt: skip


def load(folder: Path, device: str) -> ToyClip:
    checkpoint.load(folder)
    return ToyClip(describe())
