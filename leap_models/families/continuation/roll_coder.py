"""The network of `conv_vae` and `window_ae`: a roll (256 or 64 steps, 128 pitches) as a few numbers, and back.

Its two planes are what sounds and what is struck.
"""

from dataclasses import dataclass
from math import gcd

import torch
from torch import Tensor, nn
from torch.nn import functional

from leap_models.errors import BadParameter
from leap_models.families.continuation.latents import Sliders
from leap_models.music.notes import PITCHES

PLANES = 2
STRIDE = 4
STAGES = 3
GROUPS = 8  # that features are normalised in


@dataclass(frozen=True)
class RollCoderConfig:
    """Sizes, and what training found out.

    Args:
        steps: of a window.
        widths: features after each stage.
        latent: numbers of a latent.
        varies: whether it is variational, and gives distributions.
        one_key: all music is moved to C major or A minor before the network hears it, and back afterwards.
        threshold: logit above which a cell sounds, or is struck.

    Raises:
        BadParameter: the stages do not divide the steps.
    """

    steps: int = 256
    widths: tuple[int, int, int] = (32, 64, 128)
    latent: int = 128
    varies: bool = False
    one_key: bool = False
    threshold: float = 0.0
    sliders: Sliders = Sliders()

    def __post_init__(self) -> None:
        if self.steps not in range(STRIDE**STAGES, 4097, STRIDE**STAGES):
            raise BadParameter(f"steps must be a multiple of {STRIDE**STAGES} up to 4096, got {self.steps}")

    @property
    def small(self) -> tuple[int, int, int]:
        """(features, steps, pitches) after the last stage."""
        return self.widths[-1], self.steps // STRIDE**STAGES, PITCHES // STRIDE**STAGES


class RollCoder(nn.Module):
    """Rolls (batch, PLANES, steps, 128) <-> latents (batch, latent)."""

    def __init__(self, config: RollCoderConfig) -> None:
        super().__init__()
        self.config = config
        flat, sizes = int(torch.tensor(config.small).prod()), (PLANES, *config.widths)
        self.down = nn.ModuleList(
            nn.Conv2d(sizes[at], sizes[at + 1], STRIDE, stride=STRIDE) for at in range(STAGES)
        )
        self.steady_down = nn.ModuleList(_steady(width) for width in config.widths)
        self.steady_up = nn.ModuleList(_steady(width) for width in reversed(config.widths[:-1]))
        self.up = nn.ModuleList(
            nn.ConvTranspose2d(sizes[at + 1], sizes[at], STRIDE, stride=STRIDE) for at in reversed(range(STAGES))
        )
        self.shrink = nn.Linear(flat, config.latent * (2 if config.varies else 1))
        self.grow = nn.Linear(config.latent, flat)
        bias = self.up[-1].bias
        assert isinstance(bias, Tensor)
        nn.init.constant_(bias, -5.0)  # most cells are silent

    def encode(self, rolls: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance, (batch, latent) each; without variation the second is -inf-like: no spread."""
        x = rolls
        for layer, steady in zip(self.down, self.steady_down, strict=True):
            x = functional.gelu(steady(layer(x)))
        made: Tensor = self.shrink(x.flatten(1))
        if not self.config.varies:
            return made, torch.full_like(made, -30.0)
        mean, log_variance = made.chunk(2, dim=-1)
        return mean, log_variance.clamp(-8.0, 4.0)

    def decode(self, latents: Tensor) -> Tensor:
        """(batch, PLANES, steps, 128) logits."""
        x = functional.gelu(self.grow(latents)).reshape(len(latents), *self.config.small)
        for layer, steady in zip(self.up, self.steady_up, strict=False):
            x = functional.gelu(steady(layer(x)))
        found: Tensor = self.up[-1](x)
        return found


def _steady(width: int) -> nn.GroupNorm:
    return nn.GroupNorm(gcd(GROUPS, width), width)
