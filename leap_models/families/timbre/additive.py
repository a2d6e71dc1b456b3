"""Many decaying partials as sound, by matrix products.

    sin(p + w t) = sin p cos w t + cos p sin w t

Within a block of 4 ms, p is a partial's phase at the block's start and t runs over its samples. So sine and cosine are
worked out once a block and once a sample of one block, and the rest is one product of matrices for all partials
together. Amplitudes run in straight lines from block to block.
"""

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

SLICE = 100  # blocks that are rendered together: partials that are silent throughout are left out
_TIMES = ("onset_s", "release_s", "cycles")  # fields of `Partials` in 64 bits


@dataclass(frozen=True)
class Partials:
    """Every partial of some strikes; of shape (partials,).

    Args:
        item: int64, rising: where in the batch it belongs.
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

    item: Tensor
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
        exact = torch.stack([getattr(self, name) for name in _TIMES])[:, which]
        rest = [name for name in self.__dataclass_fields__ if name not in (*_TIMES, "item")]
        rough = torch.stack([getattr(self, name) for name in rest])[:, which]  # all at once: there are many slices
        fields = dict(zip((*_TIMES, *rest), (*exact, *rough), strict=True))
        return Partials(item=self.item[which], **fields)

    def amplitudes(self, start_s: float, at_s: Tensor) -> Tensor:
        """(times,), seconds from another time on -> (times, partials)."""
        old_s = (at_s[:, None] - (self.onset_s - start_s).float()).clamp(min=0.0)
        free_s = (at_s[:, None] - (self.release_s - start_s).float()).clamp(min=0.0)
        rise = 1.0 - torch.exp(-self.attack * old_s)
        damped = self.damping * free_s
        first = self.level * (1.0 - self.stays) * torch.exp(-self.fast * old_s - damped)
        second = self.level * self.stays * torch.exp(-self.slow * old_s - damped)
        beating = torch.cos(2.0 * math.pi * self.beat_hz * old_s)
        return (first + second) * rise * (1.0 - self.beat + self.beat * beating)

    def audible(self, start_s: float, end_s: float, floor: float) -> Tensor:
        """Which of them are ever louder than `floor` between two times."""
        with torch.no_grad():
            old_s = (start_s - self.onset_s).float().clamp(min=0.0)
            free_s = (start_s - self.release_s).float().clamp(min=0.0)
            fall = (1.0 - self.stays) * torch.exp(-self.fast * old_s) + self.stays * torch.exp(-self.slow * old_s)
            most = self.level * fall * torch.exp(-self.damping * free_s)
            return ((most > floor) & (self.onset_s < end_s)).nonzero()[:, 0]


@dataclass(frozen=True)
class Stretch:
    """What is rendered.

    Args:
        start_s: of the first sample.
        block: samples in a block.
        batch: how many sounds.
    """

    start_s: float
    blocks: int
    block: int
    sample_rate: int
    batch: int


def render(partials: Partials, asked: Stretch, floor: float) -> Tensor:
    """(batch, blocks x block) samples.

    Args:
        floor: amplitude below which a partial is left out.
    """
    parts = []
    for first in range(0, asked.blocks, SLICE):
        begin_s = asked.start_s + first * asked.block / asked.sample_rate
        part = replace(asked, start_s=begin_s, blocks=min(SLICE, asked.blocks - first))
        which = partials.audible(begin_s, begin_s + part.blocks * part.block / part.sample_rate, floor)
        parts.append(_slice(partials.take(which), part))
    return torch.cat(parts, dim=1)


def _slice(partials: Partials, asked: Stretch) -> Tensor:
    place = torch.arange(asked.blocks + 1, device=partials.hz.device)
    heights = partials.amplitudes(asked.start_s, place * (asked.block / asked.sample_rate))
    angle = _turns(partials, asked, place[:-1]) * (2.0 * math.pi)
    sine, cosine = angle.sin(), angle.cos()  # (blocks, partials)
    samples = torch.arange(asked.block, device=place.device)
    # What a frequency does within 4 ms is not learned from: what it does from block to block says the same.
    within = 2.0 * math.pi / asked.sample_rate * partials.hz.detach()[:, None] * samples
    waves = within.sin(), within.cos()  # (partials, block)
    ramp, made, first = samples / asked.block, list[Tensor](), 0
    for count in partials.item.bincount(minlength=asked.batch).tolist():
        mine = slice(first, first + count)
        left, right = (
            torch.addmm((high * sine[:, mine]) @ waves[1][mine], high * cosine[:, mine], waves[0][mine])
            for high in (heights[:-1, mine], heights[1:, mine])
        )
        made.append(torch.lerp(left, right, ramp).reshape(-1))
        first += count
    return torch.stack(made)


def _turns(partials: Partials, asked: Stretch, place: Tensor) -> Tensor:
    """(blocks, partials) phases at the beginning of blocks, in cycles, but for whole ones.

    Blocks are counted from the middle one, so that 32 bits are enough: errors are 100 dB below the partial.
    """
    block_s, middle = asked.block / asked.sample_rate, asked.blocks // 2
    hz, middle_s = partials.hz.double(), asked.start_s + middle * block_s
    phase, step = (middle_s - partials.onset_s.detach()) * hz + partials.cycles, hz * block_s
    phase, step = ((each - each.detach().round()).float() for each in (phase, step))
    return torch.addcmul(phase, (place[:, None] - middle).to(step.dtype), step)
