"""The discriminator: how much a phrase is like music. 1 365 841 parameters with the default sizes and both streams.

Besides the cells it is shown chroma, beat by beat, and where notes begin and end, step by step. It has no
normalisation, as the gradient penalty asks.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from leap_models.families.musegan.layers import Dense, leaky, seen
from leap_models.families.musegan.looking import Own
from leap_models.families.musegan.shape import OCTAVE, QUARTERS, BandShape, Growth

PAIR = 2  # bars that are scored together


@dataclass(frozen=True)
class DiscriminatorSizes:
    """Features of the stages.

    Args:
        own: of the first two stages and of what comes of them, in each of the groups.
        common: of the two stages that see all groups.
        chroma, onsets: of each stage of the streams.
        merged: of the last stage.
    """

    own: tuple[int, int, int] = (16, 32, 64)
    common: tuple[int, int] = (128, 256)
    chroma: tuple[int, int] = (32, 64)
    onsets: tuple[int, int, int] = (16, 32, 64)
    merged: int = 512


class Discriminator(nn.Module):
    """(batch, bars, steps, pitches, tracks) -> (batch, pairs of neighbouring bars); a phrase's score is their mean."""

    def __init__(
        self, shape: BandShape, plan: Growth, sizes: DiscriminatorSizes, chroma: bool = True, onsets: bool = True
    ) -> None:
        super().__init__()
        self.shape, self.plan = shape, plan
        self.own = Own(shape, plan, *sizes.own, groups=shape.tracks)
        self.octaves = Dense(plan.time.kernel * plan.pitch.kernel * shape.tracks * sizes.own[2], sizes.common[0])
        self.beats = Dense(plan.time.first * plan.pitch.first * sizes.common[0], sizes.common[1])
        self.chroma = Chroma(shape, sizes.chroma) if chroma else None
        self.onsets = Onsets(shape, sizes.onsets) if onsets else None
        width = sizes.common[1] + (sizes.chroma[1] if chroma else 0) + (sizes.onsets[2] if onsets else 0)
        self.pair = min(PAIR, shape.bars)
        self.merged = Dense(self.pair * width, sizes.merged)
        self.score = Dense(sizes.merged, 1)

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.score(self.features(x).reshape(1, -1, self.score.weight.shape[1]))
        return found.reshape(len(x), -1)

    def features(self, x: Tensor) -> Tensor:
        """What pairs of bars are scored by: (batch, pairs, features)."""
        batch, bars = len(x), self.shape.bars
        places = seen(self.own(x), self.plan.time.kernel, self.plan.pitch).flatten(1, 4)
        main = leaky(self.octaves(places)).reshape(1, batch * bars, -1)
        streams = [leaky(self.beats(main))]
        streams += [each(x) for each in (self.chroma, self.onsets) if each is not None]
        whole = torch.cat(streams, dim=2).reshape(batch, bars, -1)
        pairs = torch.cat([whole[:, at : bars - self.pair + 1 + at] for at in range(self.pair)], dim=2)
        return leaky(self.merged(pairs.reshape(1, -1, pairs.shape[-1]))).reshape(batch, pairs.shape[1], -1)


class Chroma(nn.Module):
    """How many octaves of each pitch class sound in each beat, bar by bar: (1, batch * bars, features)."""

    def __init__(self, shape: BandShape, sizes: tuple[int, int]) -> None:
        super().__init__()
        self.shape = shape
        self.beats = Dense(OCTAVE * shape.tracks, sizes[0])
        self.bars = Dense(shape.beats_per_bar * sizes[0], sizes[1])

    def forward(self, x: Tensor) -> Tensor:
        shape = self.shape
        x = x.reshape(-1, shape.steps_per_beat, shape.octaves, OCTAVE, shape.tracks)
        classes = (0.5 * x + 0.5).sum(dim=2).mean(dim=1)  # (beats, pitch classes, tracks)
        beats = leaky(self.beats(classes.reshape(1, len(classes), -1)))
        return leaky(self.bars(beats.reshape(1, -1, shape.beats_per_bar * beats.shape[-1])))


class Onsets(nn.Module):
    """How many notes begin, less how many end, in each step, bar by bar: (1, batch * bars, features)."""

    def __init__(self, shape: BandShape, sizes: tuple[int, int, int]) -> None:
        super().__init__()
        self.shape = shape
        self.quarters = Dense(shape.steps_per_beat // QUARTERS * shape.tracks, sizes[0])
        self.beats = Dense(QUARTERS * sizes[0], sizes[1])
        self.bars = Dense(shape.beats_per_bar * sizes[1], sizes[2])

    def forward(self, x: Tensor) -> Tensor:
        counts = (0.5 * x + 0.5).sum(dim=3).flatten(1, 2)  # (batch, steps of the phrase, tracks)
        change = torch.cat([counts[:, :1], counts[:, 1:] - counts[:, :-1]], dim=1)
        quarters = leaky(self.quarters(change.reshape(1, -1, self.quarters.weight.shape[1])))
        beats = leaky(self.beats(quarters.reshape(1, -1, self.beats.weight.shape[1])))
        return leaky(self.bars(beats.reshape(1, -1, self.bars.weight.shape[1])))
