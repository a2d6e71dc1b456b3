"""From what a generator says to cells that are on or off, as dense as is wanted."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from leap_models.errors import BadParameter
from leap_models.families.musegan.config import Levels
from leap_models.families.musegan.phrase import DRUM_TRACKS, Cells, consolidate, hushed

Method = Literal["hard", "bernoulli", "refined"]
METHODS = ("hard", "bernoulli", "refined")
FACTORS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0)  # of the data's density
SEARCHED = 12  # halvings of the interval in which a level is looked for


def levels_for(levels: Levels, density: float, tracks: int) -> np.ndarray:
    """(tracks,) the logits above which each track is `density` times as dense as the data; 0 if that is not known."""
    if not levels.factors:
        return np.zeros(tracks)
    place = np.log(density)
    factors = np.log(levels.factors)
    return np.array([np.interp(place, factors, row) for row in levels.logits])


def cells_of(logits: Tensor, levels: np.ndarray, method: Method, rng: np.random.Generator, hold: float = 0.0) -> Cells:
    """(phrases, bars, steps, pitches, tracks) logits as cells.

    Args:
        levels: (tracks,) where a cell is as likely on as off.
        method: `bernoulli` turns each cell on by chance, as likely as the generator's output is high; `hard` and
            `refined` where it is above the level.
        hold: how far below its level a note that sounds may go before it ends, if it is no drum's.

    Raises:
        BadParameter: no such method.
    """
    moved = logits.float() - torch.as_tensor(levels, dtype=torch.float32, device=logits.device)
    if method not in METHODS:
        raise BadParameter(f"method must be one of {', '.join(METHODS)}, got {method}")
    if method == "bernoulli":
        chance = rng.random(tuple(logits.shape), dtype=np.float32)
        # tanh in -1..1 is read as a chance in 0..1, which is the sigmoid of twice the logit.
        return np.asarray(torch.sigmoid(2.0 * moved).cpu().numpy() > chance)
    return held(moved.detach().cpu().numpy(), hold)


def held(moved: np.ndarray, hold: float, drums: Sequence[int] = DRUM_TRACKS) -> Cells:
    """Cells above 0, and those after them, step by step, as long as they are above -hold.

    Args:
        moved: (phrases, bars, steps, pitches, tracks).
        drums: numbers of the tracks that hold nothing.
    """
    on = moved > 0
    if not hold:
        return on
    steps = on.reshape(len(on), -1, *on.shape[3:])
    stays = (moved > -hold).reshape(steps.shape)
    stays[..., list(drums)] = False
    for step in range(1, steps.shape[1]):
        steps[:, step] |= steps[:, step - 1] & stays[:, step]
    return steps.reshape(on.shape)


def calibrate(
    logits: Tensor, density: np.ndarray, whole: Sequence[int] = DRUM_TRACKS, hold: float = 0.0,
    least: Sequence[float] = (), factors: tuple[float, ...] = FACTORS,
) -> Levels:  # fmt: skip
    """The levels with which cells, their crumbs removed, are as dense as data, or some times as dense.

    Args:
        logits: (phrases, bars, steps, pitches, tracks) of many phrases.
        density: (tracks,) the data's share of cells that sound.
        whole: the tracks that have no crumbs, as `phrase.spared` says.
        hold: as `cells_of`.
        least: as `phrase.hushed`.
        factors: how many times as dense.
    """
    rows = []
    for track in range(logits.shape[-1]):
        own = logits[..., track].float().cpu().numpy()
        alone, long = (0,) if track in whole else (), 0.0 if track in DRUM_TRACKS else hold
        rows.append(tuple(
            _level(own, float(density[track]) * factor, alone, long, least_for(least[track : track + 1], factor))
            for factor in factors
        ))  # fmt: skip
    return Levels(factors, tuple(rows))


def least_for(least: Sequence[float], density: float) -> tuple[float, ...]:
    """How much a track must play of music that is so many times as dense as the data."""
    return tuple(each * min(1.0, density) for each in least)


def _level(logits: np.ndarray, wanted: float, whole: tuple[int, ...], hold: float, least: Sequence[float]) -> float:
    """The level of one track (phrases, bars, steps, pitches): the lower it is, the more cells."""
    sample = np.sort(logits.ravel()[:: max(1, logits.size // 200_000)])
    low, high = 0.0, 1.0  # quantiles
    for _ in range(SEARCHED):
        middle = (low + high) / 2
        level = float(sample[min(len(sample) - 1, int(middle * len(sample)))])
        cells = held((logits - level)[..., None], hold, ())
        found = float(consolidate(hushed(cells, least), whole).cells.mean())
        low, high = (middle, high) if found > wanted else (low, middle)
    return round(float(sample[min(len(sample) - 1, int(high * len(sample)))]), 4)
