"""The generator: latents as a phrase. 2 578 127 parameters with the default sizes.

A part that all tracks share grows bars, beats and octaves; a part of each track's own grows steps and semitones, in one
branch pitches first, in the other steps first. With tracks given, an encoder shows them to every stage. In the
arrangement `tracks` each track has a part of its own from the beginning, and latents of its own.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from leap_models.errors import BadParameter
from leap_models.families.musegan.layers import Dense, Grown, GrownPitches, Norm, leaky, seen
from leap_models.families.musegan.looking import Own
from leap_models.families.musegan.shape import BandShape, Growth

SEEN = 16  # features of a given track in each stage
SPARSE = -1.5  # of logits before anything is learned: music is mostly silence, and so begins nearer to it


@dataclass(frozen=True)
class Latents:
    """How many numbers chance draws for a phrase.

    Args:
        common: for all of it. per_bar: for each bar; per_track: for each track; per_track_bar: for each bar of each.
    """

    common: int = 128
    per_bar: int = 0
    per_track: int = 0
    per_track_bar: int = 0

    def size(self, shape: BandShape) -> int:
        """Of a phrase's vector."""
        each_track = self.per_track + self.per_track_bar * shape.bars
        return self.common + self.per_bar * shape.bars + each_track * shape.tracks

    def of_tracks(self, z: Tensor, shape: BandShape) -> Tensor:
        """(batch, size) -> (tracks, batch, what the track is told of the phrase and all its bars)."""
        sizes = [self.common, self.per_bar * shape.bars, self.per_track * shape.tracks]
        common, bars, tracks, rest = torch.tensor_split(z, [sum(sizes[: n + 1]) for n in range(3)], dim=1)
        everyone = torch.cat([common, bars], dim=1).expand(shape.tracks, -1, -1)
        own = [each.reshape(len(z), shape.tracks, -1).transpose(0, 1) for each in (tracks, rest)]
        return torch.cat([everyone, *own], dim=2)


@dataclass(frozen=True)
class GeneratorSizes:
    """Features of the stages.

    Args:
        common: of the shared part's three stages.
        own: of the two stages of each track's own part.
    """

    common: tuple[int, int, int] = (512, 256, 128)
    own: tuple[int, int] = (32, 16)


class Encoder(nn.Module):
    """Given tracks as features for each stage. (batch, bars, steps, pitches, tracks), 0 where nothing is given."""

    def __init__(self, shape: BandShape, plan: Growth) -> None:
        super().__init__()
        self.plan = plan
        self.own = Own(shape, plan, SEEN, SEEN, SEEN, groups=1)
        self.down = Dense(plan.time.kernel * plan.pitch.kernel * SEEN, SEEN)
        self.top = Dense(plan.time.first * plan.pitch.first * SEEN, SEEN)

    def forward(self, given: Tensor) -> list[Tensor]:
        """From coarse to fine: (1, batch, bars, times, pitches, SEEN)."""
        fine = self.own(given)
        middle = leaky(self.down(seen(fine, self.plan.time.kernel, self.plan.pitch).flatten(1, 4)))
        middle = middle.reshape(*fine.shape[:3], self.plan.time.first, self.plan.pitch.first, SEEN)
        coarse = leaky(self.top(middle.flatten(3).flatten(1, 2))).reshape(*fine.shape[:3], 1, 1, SEEN)
        return [coarse, middle, fine]


class OwnPart(nn.Module):
    """What each track's own part makes of a place: (groups or 1, rows, f) -> logits (tracks, rows, steps, pitches)."""

    def __init__(self, inputs: int, sizes: tuple[int, int], plan: Growth, tracks: int) -> None:
        super().__init__()
        (wide, narrow), self.plan = sizes, plan
        self.pitches = Grown(inputs, wide, plan.own_pitch, tracks)
        self.pitches_times = Grown(wide, narrow, plan.own_time, tracks)
        self.times = Grown(inputs, wide, plan.own_time, tracks)
        self.times_pitches = Grown(wide, narrow, plan.own_pitch, tracks)
        self.merged = Dense(2 * narrow, 1, groups=tracks)
        self.norm = Norm(1, tracks)
        nn.init.constant_(self.norm.shift, SPARSE)

    def forward(self, x: Tensor) -> Tensor:
        rows, (time, pitch) = x.shape[1], (self.plan.own_time, self.plan.own_pitch)
        # The two branches come in different orders; one number a cell is quicker to put in order than all features.
        one, other = self.merged.weight.chunk(2, dim=1)
        by_pitch = (self.pitches_times(self.pitches(x)) @ one).reshape(-1, rows, pitch, time)
        by_time = (self.times_pitches(self.times(x)) @ other).reshape(-1, rows, time, pitch)
        both = by_time + by_pitch.transpose(2, 3) + self.merged.bias[:, None, None]
        logits: Tensor = self.norm(both.reshape(len(both), -1, 1))
        return logits.reshape(-1, rows, time, pitch)


class Generator(nn.Module):
    """Latents (batch, size), and perhaps given tracks, as logits (batch, bars, steps, pitches, tracks).

    Args:
        apart: tracks share nothing but latents.
        listens: whether tracks may be given.

    Raises:
        BadParameter: latents of tracks or bars for a part that all tracks share.
    """

    def __init__(
        self, shape: BandShape, plan: Growth, sizes: GeneratorSizes, latents: Latents, apart: bool, listens: bool
    ) -> None:
        super().__init__()
        if not apart and (latents.per_bar or latents.per_track or latents.per_track_bar or not latents.common):
            raise BadParameter("latents of bars or tracks need apart to be true; without it, common must be at least 1")
        if latents.size(shape) < 1:
            raise BadParameter("a generator needs at least one latent")
        self.shape, self.plan, self.latents, self.apart = shape, plan, latents, apart
        groups, more = shape.tracks if apart else 1, SEEN if listens else 0
        told = latents.common + latents.per_bar * shape.bars + latents.per_track + latents.per_track_bar * shape.bars
        bars, beats, octaves = sizes.common
        self.bars = Grown(told, bars, shape.bars, groups)
        self.beats = Grown(bars + more, beats, plan.time.first * plan.pitch.first, groups)
        self.octaves = GrownPitches(beats + more, octaves, plan.time.kernel, plan.pitch, groups)
        self.own = OwnPart(octaves + more, sizes.own, plan, shape.tracks)
        self.encoder = Encoder(shape, plan) if listens else None

    def forward(self, z: Tensor, given: Tensor | None = None) -> Tensor:
        shape, plan, batch = self.shape, self.plan, len(z)
        heard: list[Tensor | None] = [None, None, None]
        if self.encoder is not None:
            heard = list(self.encoder(z.new_zeros(batch, *shape.planes) if given is None else given))
        x = self.bars(self.latents.of_tracks(z, shape) if self.apart else z[None])
        x = _with(x.reshape(len(x), batch, shape.bars, 1, 1, -1), heard[0])
        x = self.beats(x.flatten(1, 4))
        x = _with(x.reshape(len(x), batch, shape.bars, plan.time.first, plan.pitch.first, -1), heard[1])
        x = _with(self.octaves(x), heard[2])
        times, pitches = x.shape[3:5]
        cells = self.own(x.flatten(1, 4))
        cells = cells.reshape(shape.tracks, batch, shape.bars, times, pitches, plan.own_time, plan.own_pitch)
        # (batch, bars, times, own times, pitches, own pitches, tracks)
        made: Tensor = cells.permute(1, 2, 3, 5, 4, 6, 0).reshape(batch, *shape.planes)
        return made


def _with(x: Tensor, heard: Tensor | None) -> Tensor:
    if heard is None:
        return x
    return torch.cat([x, heard.expand(len(x), -1, -1, -1, -1, -1)], dim=-1)


def told(cells: Tensor, tracks: Tensor) -> Tensor:
    """What the encoder sees of phrases: one track of each as -1 and 1, 0 for all others.

    Args:
        cells: (batch, bars, steps, pitches, tracks), on above 0.
        tracks: (batch,) which one; -1: none.
    """
    given: Tensor = torch.arange(cells.shape[-1], device=cells.device).eq(tracks[:, None])
    return torch.where(cells > 0, 1.0, -1.0).mul(given[:, None, None, None, :])
