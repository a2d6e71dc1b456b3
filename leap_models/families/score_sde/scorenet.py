"""The network of the `classic` preset: a small U-Net that is told the time. 1 115 425 parameters.

Source: the score-based generation tutorial of Song, whose sizes these are.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from leap_models.diffusion.denoiser import clean, column
from leap_models.diffusion.schedule import Schedule

CHANNELS = (32, 64, 128, 256)
WIDTH = 256  # of the vector that says the time
SCALE = 30.0  # of the random frequencies


class Frequencies(nn.Module):
    """Times as sines and cosines of random, fixed frequencies. (batch,) -> (batch, WIDTH)."""

    def __init__(self) -> None:
        super().__init__()
        self.rates = nn.Parameter(torch.randn(WIDTH // 2) * SCALE, requires_grad=False)

    def forward(self, t: Tensor) -> Tensor:
        angles = t[:, None] * self.rates * (2.0 * math.pi)
        return torch.cat([angles.sin(), angles.cos()], dim=-1)


class Layer(nn.Module):
    """A convolution, the time added, normalised. (batch, inputs, h, w), (batch, WIDTH) -> (batch, outputs, h', w')."""

    def __init__(self, convolution: nn.Module, outputs: int, groups: int) -> None:
        super().__init__()
        self.convolution = convolution
        self.time = nn.Linear(WIDTH, outputs)
        self.norm = nn.GroupNorm(groups, outputs)

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        mixed: Tensor = functional.silu(self.norm(self.convolution(x) + self.time(time)[..., None, None]))
        return mixed


class ScoreNet(nn.Module):
    """Expects clean data, from the score that its U-Net says. (batch, 1, 28, 28), times (batch,) -> the same."""

    def __init__(self, levels: Schedule) -> None:
        super().__init__()
        self.levels = levels
        self.frequencies = Frequencies()
        self.time = nn.Linear(WIDTH, WIDTH)
        pairs = zip((1, *CHANNELS), CHANNELS, strict=False)
        self.down = nn.ModuleList(
            Layer(nn.Conv2d(inputs, outputs, 3, stride=1 if depth == 0 else 2, bias=False), outputs, 32 if depth else 4)
            for depth, (inputs, outputs) in enumerate(pairs)
        )
        self.up = nn.ModuleList(
            Layer(
                nn.ConvTranspose2d(
                    CHANNELS[depth] * (1 if depth == 3 else 2), CHANNELS[depth - 1], 3, stride=2, bias=False,
                    output_padding=0 if depth == 3 else 1,
                ),
                CHANNELS[depth - 1], 32,
            )
            for depth in (3, 2, 1)
        )
        self.out = nn.ConvTranspose2d(2 * CHANNELS[0], 1, 3)

    def score(self, x: Tensor, t: Tensor) -> Tensor:
        """The gradient of log p_t; the network says it in units of the noise."""
        time = functional.silu(self.time(self.frequencies(t)))
        skips: list[Tensor] = []
        for layer in self.down:
            x = layer(x, time)
            skips.append(x)
        x = skips.pop()
        for layer in self.up:
            x = torch.cat([layer(x, time), skips.pop()], dim=1)
        said: Tensor = self.out(x)
        return said / self.levels.sigma(column(t, said))

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        return clean(self.score(x, t), x, t, self.levels, "score")
