"""From key, velocity and timbre vector to all that a struck string does: one small network for every note."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from leap_models.families.timbre import strings
from leap_models.families.timbre.additive import Partials
from leap_models.families.timbre.encoder import VECTOR
from leap_models.families.timbre.score import KEYS, ONSET, RELEASE
from leap_models.families.timbre.touch import Touch

KNOTS = 8  # of curves over frequency
BODY = 24  # of the soundboard's curve
_LOW_HZ, _HIGH_HZ = 27.5, 12_000.0
_KEY_BUMPS, _VELOCITY_BUMPS = 24, 6
_TOP = 0.48  # of the sample rate: partials above are left out
_BRIGHT_HZ = 1000.0  # around which `Touch.brightness_db` tilts
_DB = math.log(10.0) / 20.0
_LATEST_S = 0.012  # samples of pianos begin some milliseconds before their sound


@dataclass(frozen=True)
class Struck:
    """What strikes (notes,) of some timbre do.

    Args:
        hz, level, fast, slow, stays: (notes, partials).
        late_s: (notes,) from the key to the sound.
        attack, beat_cents, beat, damping: (notes,).
        hammer: (notes, noises) level of each noise at the strike.
    """

    hz: Tensor
    level: Tensor
    fast: Tensor
    slow: Tensor
    stays: Tensor
    late_s: Tensor
    attack: Tensor
    beat_cents: Tensor
    beat: Tensor
    damping: Tensor
    hammer: Tensor

    def partials(self, item: Tensor, strikes: Tensor, key: Tensor, sample_rate: int) -> Partials:
        """Each partial by itself, but for those that the sample rate cannot hold.

        Args:
            item: (notes,) rising: where in the batch each belongs.
            strikes: (notes, 4) as in `ScoreFrames`.
        """
        note, which = (self.hz < _TOP * sample_rate).nonzero(as_tuple=True)
        cycles = strings.phases(key, self.hz.shape[1])
        hz = self.hz[note, which]
        return Partials(
            item=item[note],
            onset_s=(strikes[:, ONSET] + self.late_s)[note], release_s=strikes[note, RELEASE],
            hz=hz, cycles=cycles[note, which], level=self.level[note, which], attack=self.attack[note],
            fast=self.fast[note, which], slow=self.slow[note, which], stays=self.stays[note, which],
            beat_hz=hz * (self.beat_cents[note] * (math.log(2.0) / 1200.0)), beat=self.beat[note],
            damping=self.damping[note],
        )  # fmt: skip


class Voices(nn.Module):
    """What is known of strings, corrected by a small network that knows the timbre.

    Args:
        partials: the most that a note has.
        noises: of the hammer.
    """

    def __init__(self, partials: int, noises: int, width: int) -> None:
        super().__init__()
        self.sizes = (partials, KNOTS, KNOTS, KNOTS, noises, 7)
        self.read = nn.Linear(_KEY_BUMPS + _VELOCITY_BUMPS + VECTOR, width)
        self.think = nn.Linear(width, width)
        self.say = nn.Linear(width, sum(self.sizes))
        self.body = nn.Linear(VECTOR, BODY)
        self.loudness = nn.Linear(VECTOR, 1)
        for layer in (self.say, self.body, self.loudness):  # nearly nothing: it begins as what is known of strings
            nn.init.normal_(layer.weight, std=0.003)
            nn.init.zeros_(layer.bias)

    def forward(self, key: Tensor, velocity: Tensor, vector: Tensor, touch: Touch) -> Struck:
        """(notes,), (notes,) and (notes, 64) -> what they do."""
        told = torch.cat([_bumps(key / (KEYS - 1), _KEY_BUMPS), _bumps(velocity, _VELOCITY_BUMPS), vector], dim=1)
        thought = functional.silu(self.think(functional.silu(self.read(told))))
        level, fast, slow, stays, hammer, whole = self.say(thought).split(self.sizes, dim=1)
        pitch, stiff, late, attack, beat_cents, beat, damping = whole.unbind(dim=1)
        cents, stiff = 15.0 * torch.tanh(_calmed(pitch)) + touch.tuning_cents, _calmed(stiff)
        first_hz = strings.fundamental_hz(key) * torch.exp2(cents / 1200.0)
        hz = strings.partials_hz(first_hz, strings.stiffness(key) * torch.exp(1.5 * torch.tanh(stiff)), self.sizes[0])
        tilt = touch.brightness_db * _DB * torch.log2(hz.detach() / _BRIGHT_HZ).clamp(max=3.0)
        shaped = strings.log_levels(key, velocity, hz.detach()) + level + curve(self.body(vector), hz) + tilt
        settled, first_fall = strings.decays(hz), torch.exp(1.4 + 2.5 * torch.tanh(curve(fast, hz)))
        damped = torch.exp(math.log(14.0) + 2.0 * torch.tanh(damping) - 0.7 * _undamped(key))
        return Struck(
            hz=hz, level=torch.exp((shaped + self.loudness(vector)).clamp(-30.0, 2.0)),
            fast=settled * (1.0 + first_fall), slow=settled * torch.exp(2.5 * torch.tanh(curve(slow, hz))),
            stays=torch.sigmoid(curve(stays, hz) - 1.2), late_s=_LATEST_S * torch.sigmoid(late - 1.5),
            attack=torch.exp(5.8 + 2.0 * torch.tanh(attack)),
            beat_cents=torch.exp(0.6 + 1.7 * torch.tanh(beat_cents)), beat=0.45 * torch.sigmoid(beat - 2.0),
            damping=damped / touch.release,
            hammer=torch.exp((hammer + _hammer(velocity)[:, None] + self.loudness(vector)).clamp(-30.0, 2.0)),
        )  # fmt: skip


def curve(knots: Tensor, hz: Tensor) -> Tensor:
    """(notes, knots) on a logarithmic scale from the lowest partial to the highest, read at (notes, partials) Hz."""
    count = knots.shape[1]
    place = (torch.log(hz.detach() / _LOW_HZ) * ((count - 1) / math.log(_HIGH_HZ / _LOW_HZ))).clamp(0.0, count - 1.001)
    below = place.long()
    return torch.lerp(knots.gather(1, below), knots.gather(1, below + 1), place - below)


def _calmed(values: Tensor) -> Tensor:
    """The same, with a tenth of the gradient: what a phase says of a frequency is loud and rough."""
    return torch.lerp(values.detach(), values, 0.1)


def _bumps(values: Tensor, count: int) -> Tensor:
    """Numbers in 0..1 as (notes, count) overlapping bell curves: neighbouring keys are told nearly the same."""
    centres = torch.linspace(0.0, 1.0, count, device=values.device)
    return torch.exp(-0.5 * ((values[:, None] - centres) * (count - 1) / 1.2).square())


def _undamped(key: Tensor) -> Tensor:
    """0 where a damper stops the string, rising to 3 above it: the topmost strings of a piano have none."""
    return ((key - 66.0) / 4.0).clamp(0.0, 3.0)


def _hammer(velocity: Tensor) -> Tensor:
    return math.log(0.02) + 40.0 * _DB * (velocity - 1.0)
