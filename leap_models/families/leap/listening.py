"""What a conditioner heard, as tokens for the transformer.

Two shapes of features: `planes` have a row for each piano key (likelihoods of notes, onsets, melody) and are read by
convolutions that treat all keys alike; `vectors` are what a general audio network such as MERT gives. Both come with a
few numbers a frame that are not about pitch: where in the beat and the bar it lies, how loud it is.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

CHANNELS, ROWS, COLUMNS = 4, 12, 128  # latents of one window; a column is one token, 80 ms


@dataclass(frozen=True)
class ListenerConfig:
    """Which features come in. `planes` keeps `planes` x 88 rows, `vectors` a vector of `width`."""

    kind: Literal["planes", "vectors"] = "planes"
    planes: int = 3  # of `planes`: notes, onsets, melody
    width: int = 0  # of `vectors`
    extras: int = 10  # numbers a frame that are not about pitch
    frames_per_token: int = 4  # 50 frames a second


@dataclass(frozen=True)
class Heard:
    """Features of a batch of windows.

    Attributes:
        features: (batch, planes, 88, 512) for `planes`, (batch, frames, width) for `vectors`; 0..1 or unit variance.
        extras: (batch, 512, extras).
    """

    features: Tensor
    extras: Tensor


@dataclass(frozen=True)
class Listened:
    """What was made of it.

    Attributes:
        tokens: (batch, 128, width).
        draft: (batch, 4, 12, 128) latents, a first guess from each moment and its nearest keys alone.
    """

    tokens: Tensor
    draft: Tensor


class Listener(nn.Module):
    """Heard -> Listened. The draft gives the transformer the pitches; what it adds is music."""

    def __init__(self, config: ListenerConfig, width: int) -> None:
        super().__init__()
        self.config = config
        if config.kind == "planes":
            self.keys = nn.Sequential(
                nn.Conv2d(config.planes, 24, (3, 4), stride=(2, 2), padding=(1, 1)), nn.SiLU(),
                nn.Conv2d(24, 48, (3, 4), stride=(2, 2), padding=(1, 1)), nn.SiLU(),
                nn.Conv2d(48, 64, 3, stride=(2, 1), padding=1), nn.SiLU(),
            )
            self.draft = nn.Sequential(
                nn.Conv2d(64, 64, 3, padding=1), nn.SiLU(), nn.Conv2d(64, CHANNELS, 3, padding=1)
            )
            self.mix = nn.Linear(64 * ROWS, width)
        else:
            self.mix = nn.Linear(config.width, width)
        self.mix_extras = nn.Linear(config.extras * config.frames_per_token, width)

    def forward(self, heard: Heard) -> Listened:
        extras = heard.extras.reshape(len(heard.extras), COLUMNS, -1)
        if self.config.kind == "planes":
            rows = functional.pad(heard.features, (0, 0, 0, 8))  # 88 keys to 96
            cells = self.keys(rows.contiguous(memory_format=torch.channels_last))
            pitched = self.mix(cells.flatten(1, 2).transpose(1, 2))
            draft = self.draft(cells)
        else:
            pooled = functional.adaptive_avg_pool1d(heard.features.transpose(1, 2), COLUMNS)
            pitched = self.mix(pooled.transpose(1, 2))
            draft = pitched.new_zeros(len(pitched), CHANNELS, ROWS, COLUMNS)
        return Listened(pitched + self.mix_extras(extras), draft)
