"""The refiner: what a generator means, put into cells that are on or off. Source: BinaryMuseGAN (Dong & Yang 2018)."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from leap_models.families.musegan.neurons import deterministic, stochastic
from leap_models.families.musegan.shape import BandShape

TIMES, PITCHES = 3, 12  # of a kernel


@dataclass(frozen=True)
class RefinerSizes:
    """Of the refiner.

    Args:
        units: residual ones.
        width: features between a unit's two convolutions, in each track; the paper's are 64.
        neurons: `dbn` decide for themselves, `sbn` by chance.
    """

    units: int = 2
    width: int = 64
    neurons: Literal["dbn", "sbn"] = "dbn"


class Refiner(nn.Module):
    """Logits (batch, bars, steps, pitches, tracks) -> the same, better ones; each track for itself, bar by bar."""

    def __init__(self, shape: BandShape, sizes: RefinerSizes) -> None:
        super().__init__()
        self.sizes = sizes
        self.units = nn.ModuleList(Unit(shape.tracks, sizes.width) for _ in range(sizes.units))

    def forward(self, logits: Tensor) -> Tensor:
        bars = logits.flatten(0, 1).permute(0, 3, 1, 2)  # (batch * bars, tracks, steps, pitches)
        for unit in self.units:
            bars = unit(bars)
        return bars.permute(0, 2, 3, 1).reshape(logits.shape)


class Unit(nn.Module):
    """A residual one: normalise, cut, look around, twice. (bars, tracks, steps, pitches) -> the same."""

    def __init__(self, tracks: int, width: int) -> None:
        super().__init__()
        kernel = (TIMES, PITCHES)
        self.before, self.between = nn.BatchNorm2d(tracks), nn.BatchNorm2d(tracks * width)
        self.widen = nn.Conv2d(tracks, tracks * width, kernel, groups=tracks)
        self.narrow = nn.Conv2d(tracks * width, tracks, kernel, groups=tracks)
        nn.init.zeros_(self.narrow.weight)  # so that it begins by changing nothing
        if self.narrow.bias is not None:
            nn.init.zeros_(self.narrow.bias)

    def forward(self, x: Tensor) -> Tensor:
        wide = self.widen(_padded(functional.relu(self.before(x))))
        narrow: Tensor = self.narrow(_padded(functional.relu(self.between(wide))))
        return x + narrow


def _padded(x: Tensor) -> Tensor:
    return functional.pad(x, ((PITCHES - 1) // 2, PITCHES // 2, TIMES // 2, TIMES // 2))


def decide(logits: Tensor, neurons: Literal["dbn", "sbn"], slope: float, rng: torch.Generator | None) -> Tensor:
    """Logits as -1 and 1, by neurons that pass a gradient on."""
    if neurons == "dbn":
        return deterministic(logits, slope)
    return stochastic(logits, torch.rand(logits.shape, generator=rng, device=logits.device), slope)
