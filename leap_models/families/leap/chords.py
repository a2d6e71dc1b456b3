"""Which chord is heard: a small network on what the conditioner hears, for the transformer, grounding and the harmony.

A pianist who fills in beneath a tune plays the chord; of a full band that is hard to hear note by note, and easy from
all octaves and some seconds together. Convolutions run around the circle of twelve pitch classes, so that what is
learned in one key holds in all. Taught by songs whose chords are known; see `leap_models.training.leap_chords`.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional

from leap_models.families.leap.conditioner import PLANES
from leap_models.families.leap.listening import COLUMNS, Heard
from leap_models.families.leap.nmp import KEYS
from leap_models.families.leap.vae import LOWEST, ROWS, DecodedRoll

CLASSES = 12
OCTAVES = 9  # from the C below the lowest key to the B above the highest
BELOW = LOWEST % CLASSES  # keys that the lowest octave lacks
CHORD_PLANES = 2  # beside those of the conditioner: the chord's pitch classes, its bass
SURELY_NOT = 8.0  # nats by which a note outside the chord is less likely, at most
STRICTEST = 4.0  # how many times those count at harmony 1


@dataclass(frozen=True)
class ChordConfig:
    """Sizes. `dilations` are in latent columns of 80 ms, one block each; a window is 128 of them."""

    width: int = 32
    dilations: tuple[int, ...] = (1, 2, 4, 8, 16, 1)
    extras: int = 10  # numbers a frame that are not about pitch
    frames: int = 4  # of features in a column


class Around(nn.Module):
    """A convolution over all twelve pitch classes and three columns, beside a skip; (batch, width, 12, columns)."""

    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(1, width, 1, 1))
        self.convolution = nn.Conv2d(width, width, (CLASSES, 3), padding=(0, dilation), dilation=(1, dilation))

    def forward(self, x: Tensor) -> Tensor:
        """Add what the neighbourhood says. A single column stands for all of them."""
        size = x.square().mean(dim=1, keepdim=True).add(1e-4).rsqrt()
        ready = x * size * self.gain
        half = CLASSES // 2
        circle = torch.cat([ready[:, :, -half:], ready, ready[:, :, : half - 1]], dim=2)
        return x + functional.silu(self.convolution(circle))


class ChordHead(nn.Module):
    """Heard -> logits (batch, 2, 12, 128): the pitch class belongs to the chord; it is the bass (softmax)."""

    def __init__(self, config: ChordConfig) -> None:
        super().__init__()
        self.config = config
        self.entry = nn.Conv2d(OCTAVES * PLANES, config.width, (1, 3), padding=(0, 1))
        self.moment = nn.Linear(config.extras * config.frames, config.width)
        middle = len(config.dilations) // 2
        self.early = nn.ModuleList(Around(config.width, dilation) for dilation in config.dilations[:middle])
        self.whole = Around(config.width, 1)  # what the window has in common: its key
        self.late = nn.ModuleList(Around(config.width, dilation) for dilation in config.dilations[middle:])
        self.exit = nn.Conv2d(config.width, CHORD_PLANES, 1)

    def forward(self, heard: Heard) -> Tensor:
        batch, frames = len(heard.extras), self.config.frames
        above = OCTAVES * CLASSES - BELOW - KEYS
        keys = functional.pad(heard.features[:, :PLANES], (0, 0, BELOW, above))
        x = keys.reshape(batch, PLANES * OCTAVES, CLASSES, COLUMNS, frames).mean(dim=-1)
        moment = self.moment(heard.extras.reshape(batch, COLUMNS, -1)).transpose(1, 2)
        x = functional.silu(self.entry(x) + moment[:, :, None])
        for block in self.early:
            x = block(x)
        x = x + self.whole(x.mean(dim=3, keepdim=True))
        for block in self.late:
            x = block(x)
        logits: Tensor = self.exit(x)
        return logits

    def likelihoods(self, heard: Heard) -> Tensor:
        """The same as likelihoods 0..1."""
        member, bass = self(heard).float().unbind(dim=1)
        return torch.stack([torch.sigmoid(member), bass.softmax(dim=1)], dim=1)


def told(heard: Heard, chords: Tensor) -> Heard:
    """What was heard with the chords' likelihoods as further planes of keys.

    Args:
        chords: (batch, 2, 12, 128) of `ChordHead.likelihoods`.
    """
    keys = chords.repeat(1, 1, OCTAVES, 1)[:, :, BELOW : BELOW + KEYS]
    return replace(heard, features=torch.cat([heard.features, _held(keys, heard.features.shape[-1])], dim=1))


def harmonised(decoded: DecodedRoll, heard: Heard, harmony: float) -> DecodedRoll:
    """A roll whose notes beneath the tune sound for as long as they belong to the chord.

    What begins outside is seldom heard to sound, and so left out; what is held into another chord ends with its own.

    Args:
        heard: as `told` gives it.
        harmony: 0 changes nothing, 1 leaves little outside.
    """
    melody, member = heard.features[:, PLANES - 1], heard.features[:, PLANES]
    beneath = 1.0 - melody.cumsum(dim=1).clamp(0.0, 1.0)  # how likely it is that the tune is above a key
    doubt = functional.pad(-member.log().clamp(min=-SURELY_NOT) * beneath, (0, 0, 0, ROWS - KEYS))
    doubt = STRICTEST * harmony * _held(doubt, decoded.sounding.shape[-1])
    return replace(decoded, sounding=decoded.sounding - doubt)


def _held(values: Tensor, frames: int) -> Tensor:
    """(..., columns) -> (..., frames): each of them for as many."""
    times = int(frames) // int(values.shape[-1])
    return torch.stack([values] * times, dim=-1).flatten(-2)
