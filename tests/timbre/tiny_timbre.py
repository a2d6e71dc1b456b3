"""Notes, references and small networks for the tests of timbre."""

from functools import cache

import numpy as np
import torch
from torch import Tensor

from leap_models.families.timbre.config import TimbreConfig
from leap_models.families.timbre.contour import ContourSizes
from leap_models.families.timbre.ddsp import Ddsp, DdspSizes
from leap_models.families.timbre.score import as_tensors, score_frames
from leap_models.families.timbre.wavenet import WavenetSizes
from leap_models.music.notes import Note, Notes, Pedal

RATE = 24_000
HOP = 96
SMALL_CONTOUR = ContourSizes(
    widths=(16, 16, 16), ups=(16, 16), kernels=(4, 4), strikes=(16, 16, 16), bands=(2, 4), reference=(8, 8, 8)
)
SMALL = {
    "ddsp": TimbreConfig(ddsp=DdspSizes(partials=40, width=32)),
    "contour": TimbreConfig(variant="contour", contour=SMALL_CONTOUR),
    "concat_skips": TimbreConfig(variant="concat_skips", contour=SMALL_CONTOUR),
    "wavenet": TimbreConfig(variant="wavenet", wavenet=WavenetSizes(channels=8, skip=8, layers=3, rounds=2, width=8)),
}


@cache
def piano() -> Ddsp:
    """An untrained piano: what is known of strings."""
    torch.manual_seed(0)
    network = Ddsp(DdspSizes(partials=60, width=32), RATE, HOP)
    network.eval()
    return network


def vector(seed: int = 0) -> Tensor:
    return torch.randn(1, 64, generator=torch.Generator().manual_seed(seed))


def score(
    notes: Notes, pedals: tuple[Pedal, ...] = (), start_s: float = 0.0, seconds: float = 1.0
) -> dict[str, Tensor]:
    return as_tensors([score_frames(notes, pedals, start_s, round(seconds * 250))])


def played(notes: Notes, pedals: tuple[Pedal, ...] = (), start_s: float = 0.0, seconds: float = 1.0) -> np.ndarray:
    """What the untrained piano sounds like."""
    network = piano()  # which must not be made in inference mode
    with torch.inference_mode():
        sound: np.ndarray = network.play(score(notes, pedals, start_s, seconds), vector())[0].numpy()
    return sound


def rms(sound: np.ndarray, start_s: float = 0.0, end_s: float | None = None) -> float:
    part = sound[round(start_s * RATE) : None if end_s is None else round(end_s * RATE)]
    return float(np.sqrt((part.astype(np.float64) ** 2).mean()))


def passage(seconds: float, seed: int = 0) -> Notes:
    """Six notes a second."""
    rng = np.random.default_rng(seed)
    starts = np.sort(rng.uniform(0.0, seconds, round(6 * seconds)))
    return tuple(
        Note(float(start), float(start + rng.uniform(0.1, 1.0)), int(rng.integers(36, 90)), int(rng.integers(30, 120)))
        for start in starts
    )
