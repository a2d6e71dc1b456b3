"""What the transformer wrote, held against what was heard.

The transformer decides what is played; drawn from noise and decoded from 80 ms cells, a note of it may lie a key or
a moment beside the one in the recording. A few convolutions over the decoded roll, the heard likelihoods, the beat and
the difficulty correct such slips, keep what the recording bears out and doubt what it does not. Its likelihoods are
calibrated, so that one threshold serves every difficulty.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from leap_models.families.leap.listening import Heard
from leap_models.families.leap.vae import KEYS, DecodedRoll, without_spare_rows

PAIR = 2  # frames of the roll for each frame of features
LOGIT = 12.0  # logits are used up to here
SCALE = 4.0  # what they are divided by on the way in


@dataclass(frozen=True)
class GroundingConfig:
    """Sizes."""

    width: int = 24
    planes: int = 3  # of what was heard: notes, onsets, melody
    extras: int = 10  # numbers a frame that are not about pitch


class Grounding(nn.Module):
    """DecodedRoll -> DecodedRoll with onsets and sounding cells corrected; velocities stay."""

    def __init__(self, config: GroundingConfig) -> None:
        super().__init__()
        width = config.width
        self.meet = nn.Conv2d(3 * PAIR + config.planes, width, (3, 5), padding=(1, 2))
        self.moment = nn.Linear(config.extras + 1, width)
        self.course = nn.Conv1d(width, width, 9, padding=4)
        self.near = nn.Conv2d(width, width, (3, 5), padding=(1, 2))
        self.nearer = nn.Conv2d(width, width, 3, padding=1)
        self.correct = nn.Conv2d(width, 2 * PAIR, 1)
        self.trust = nn.Parameter(torch.ones(2))
        self.doubt = nn.Parameter(torch.zeros(2))
        nn.init.zeros_(self.correct.weight)
        nn.init.zeros_(self.correct.bias)  # type: ignore[arg-type]

    def forward(self, decoded: DecodedRoll, heard: Heard, level: Tensor) -> DecodedRoll:
        """Correct a batch of windows.

        Args:
            decoded: logits of (batch, 96, frames).
            heard: planes (batch, planes, 88, frames / 2) and extras (batch, frames / 2, extras).
            level: (batch,) difficulty from 1 to 5.
        """
        onset, sounding = (logits[:, :KEYS].clamp(-LOGIT, LOGIT) for logits in (decoded.onset, decoded.sounding))
        drawn = torch.stack([onset / SCALE, sounding / SCALE, decoded.velocity[:, :KEYS]], dim=1)
        x = torch.cat([_paired(drawn), heard.features], dim=1).contiguous(memory_format=torch.channels_last)
        easy_to_hard = ((level - 3.0) / 2.0)[:, None, None].expand(-1, heard.extras.shape[1], 1)
        moment = self.moment(torch.cat([heard.extras, easy_to_hard], dim=-1)).transpose(1, 2)
        x = functional.silu(self.meet(x) + moment[:, :, None])
        x = x + self.course(x.mean(dim=2))[:, :, None]
        x = x + functional.silu(self.near(x))
        x = x + functional.silu(self.nearer(x))
        by_onset, by_sounding = _unpaired(self.correct(x)).unbind(dim=1)
        return DecodedRoll(
            without_spare_rows(onset * self.trust[0] + self.doubt[0] + by_onset),
            without_spare_rows(sounding * self.trust[1] + self.doubt[1] + by_sounding),
            decoded.velocity,
        )


def _paired(planes: Tensor) -> Tensor:
    """(batch, planes, keys, frames) -> (batch, 2 planes, keys, frames / 2): a pair of frames is two planes."""
    batch, count, keys, frames = planes.shape
    pairs = planes.reshape(batch, count, keys, frames // PAIR, PAIR).permute(0, 1, 4, 2, 3)
    return pairs.reshape(batch, count * PAIR, keys, frames // PAIR)


def _unpaired(planes: Tensor) -> Tensor:
    """The way back."""
    batch, count, keys, pairs = planes.shape
    single = planes.reshape(batch, count // PAIR, PAIR, keys, pairs).permute(0, 1, 3, 4, 2)
    return single.reshape(batch, count // PAIR, keys, pairs * PAIR)
