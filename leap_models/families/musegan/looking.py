"""What looks at a phrase: patches of it, and two branches over them as in the generator, but backward."""

import torch
from torch import Tensor, nn

from leap_models.families.musegan.layers import Dense, leaky
from leap_models.families.musegan.shape import BandShape, Growth


class Own(nn.Module):
    """(batch, bars, steps, pitches, tracks) as places (1, batch, bars, times, pitches, groups * merged).

    Every group looks at all tracks, as in the original: pitches first in one branch, steps first in the other.
    """

    def __init__(self, shape: BandShape, plan: Growth, narrow: int, wide: int, merged: int, groups: int) -> None:
        super().__init__()
        self.shape, self.plan = shape, plan
        self.pitches = Dense(plan.own_pitch * shape.tracks, narrow, groups=groups)
        self.pitches_times = Dense(plan.own_time * narrow, wide, groups=groups)
        self.times = Dense(plan.own_time * shape.tracks, narrow, groups=groups)
        self.times_pitches = Dense(plan.own_pitch * narrow, wide, groups=groups)
        self.merged = Dense(2 * wide, merged, groups=groups)

    def forward(self, x: Tensor) -> Tensor:
        batch, shape, (time, pitch) = len(x), self.shape, (self.plan.own_time, self.plan.own_pitch)
        times, pitches = shape.steps // time, shape.pitches // pitch
        cells = x.reshape(batch, shape.bars, times, time, pitches, pitch, shape.tracks)
        by_time = cells.permute(0, 1, 2, 4, 3, 5, 6).reshape(1, -1, pitch * shape.tracks)
        by_pitch = cells.permute(0, 1, 2, 4, 5, 3, 6).reshape(1, -1, time * shape.tracks)
        places = batch * shape.bars * times * pitches
        one = leaky(self.pitches(by_time))
        one = leaky(self.pitches_times(one.reshape(len(one), places, -1)))
        other = leaky(self.times(by_pitch))
        other = leaky(self.times_pitches(other.reshape(len(other), places, -1)))
        merged = leaky(self.merged(torch.cat([one, other], dim=2)))
        return merged.transpose(0, 1).reshape(1, batch, shape.bars, times, pitches, -1)
