"""Many decaying partials as sound, by matrix products.

    sin(p + w t) = sin p cos w t + cos p sin w t

Within a block of 4 ms, p is a partial's phase at the block's start and t runs over its samples. So sine and cosine are
worked out once a block and once a sample of one block, and the rest is one product of matrices for all partials
together. Amplitudes run in straight lines from block to block.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

SLICE = 250  # blocks that are rendered together: partials that are silent throughout are left out


@dataclass(frozen=True)
class Partials:
    """Every partial of some strikes; of shape (partials,).

    Args:
        onset_s, release_s: float64, when it begins and is let go, from the first sample on.
        hz: float32.
        cycles: float64, phase at the onset.
        level: amplitude.
        attack: of the rise, 1/s.
        fast, slow: decay of the two stages, 1/s.
        stays: share of the level that decays slowly.
        beat_hz, beat: speed and depth of its beating.
        damping: decay once the string is let go, 1/s.
    """

    onset_s: Tensor
    release_s: Tensor
    hz: Tensor
    cycles: Tensor
    level: Tensor
    attack: Tensor
    fast: Tensor
    slow: Tensor
    stays: Tensor
    beat_hz: Tensor
    beat: Tensor
    damping: Tensor

    def take(self, which: Tensor) -> "Partials":
        """Those partials."""
        return Partials(*(getattr(self, name)[which] for name in self.__dataclass_fields__))

    def amplitudes(self, at_s: Tensor) -> Tensor:
        """(times,) -> (times, partials)."""
        age_s = (at_s[:, None] - self.onset_s).float()
        free_s = (at_s[:, None] - self.release_s).float().clamp(min=0.0)
        old_s = age_s.clamp(min=0.0)
        rise = -torch.expm1(-self.attack * old_s)
        fall = (1.0 - self.stays) * torch.exp(-self.fast * old_s) + self.stays * torch.exp(-self.slow * old_s)
        beating = 1.0 + self.beat * (torch.cos(2.0 * math.pi * self.beat_hz * old_s) - 1.0)
        return self.level * rise * fall * beating * torch.exp(-self.damping * free_s)

    def audible(self, start_s: float, end_s: float, floor: float) -> Tensor:
        """Which of them are ever louder than `floor` between two times."""
        with torch.no_grad():
            old_s = (start_s - self.onset_s).float().clamp(min=0.0)
            free_s = (start_s - self.release_s).float().clamp(min=0.0)
            fall = (1.0 - self.stays) * torch.exp(-self.fast * old_s) + self.stays * torch.exp(-self.slow * old_s)
            most = self.level * fall * torch.exp(-self.damping * free_s)
            return ((most > floor) & (self.onset_s < end_s)).nonzero()[:, 0]


def render(partials: Partials, start_s: float, blocks: int, block: int, sample_rate: int, floor: float) -> Tensor:
    """(blocks x block,) samples from a time on.

    Args:
        block: samples in a block.
        floor: amplitude below which a partial is left out.
    """
    parts = []
    for first in range(0, blocks, SLICE):
        count = min(SLICE, blocks - first)
        begin_s = start_s + first * block / sample_rate
        which = partials.audible(begin_s, begin_s + count * block / sample_rate, floor)
        if len(which):
            parts.append(_slice(partials.take(which), begin_s, count, block, sample_rate))
        else:
            parts.append(partials.level.new_zeros(count * block))
    return torch.cat(parts)


def _slice(partials: Partials, begin_s: float, blocks: int, block: int, sample_rate: int) -> Tensor:
    device = partials.hz.device
    at_s = begin_s + torch.arange(blocks + 1, dtype=torch.float64, device=device) * (block / sample_rate)
    heights = partials.amplitudes(at_s)  # (blocks + 1, partials)
    turns = (at_s[:-1, None] - partials.onset_s.detach()) * partials.hz.double() + partials.cycles
    angle = ((turns - turns.detach().floor()) * (2.0 * math.pi)).float()
    sine, cosine = angle.sin(), angle.cos()
    time = torch.arange(block, device=device)
    within = 2.0 * math.pi / sample_rate * partials.hz[:, None] * time
    waves = torch.cat([within.cos(), within.sin()])  # (2 x partials, block)
    ramp = time / block
    left = torch.cat([heights[:-1] * sine, heights[:-1] * cosine], dim=1) @ waves
    right = torch.cat([heights[1:] * sine, heights[1:] * cosine], dim=1) @ waves
    return torch.lerp(left, right, ramp).reshape(-1)
