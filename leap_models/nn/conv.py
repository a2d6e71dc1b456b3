"""Convolution blocks for pictures of music: (batch, channels, height, width)."""

import torch
from torch import Tensor, nn
from torch.nn import functional


class ResBlock(nn.Module):
    """Two 3x3 convolutions beside a skip. (batch, channels, height, width) -> the same shape."""

    def __init__(self, channels: int, groups: int = 8) -> None:
        super().__init__()
        self.norm_in = nn.GroupNorm(groups, channels)
        self.conv_in = nn.Conv2d(channels, channels, 3, padding=1)
        self.norm_out = nn.GroupNorm(groups, channels)
        self.conv_out = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(self.conv_out.weight)  # the block starts as the identity

    def forward(self, x: Tensor) -> Tensor:
        hidden: Tensor = self.conv_in(functional.silu(self.norm_in(x)))
        hidden = self.conv_out(functional.silu(self.norm_out(hidden)))
        return x + hidden


class Down(nn.Module):
    """Halve height and width. (batch, inputs, h, w) -> (batch, outputs, h / 2, w / 2)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.mix = nn.Conv2d(4 * inputs, outputs, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        mixed: Tensor = self.mix(functional.pixel_unshuffle(x, 2))
        return mixed


class Up(nn.Module):
    """Double height and width. (batch, inputs, h, w) -> (batch, outputs, 2 h, 2 w)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.mix = nn.Conv2d(inputs, 4 * outputs, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return functional.pixel_shuffle(self.mix(x), 2)


def count_parameters(module: nn.Module) -> int:
    """How many numbers a network holds."""
    return sum(parameter.numel() for parameter in module.parameters())


def finite(x: Tensor) -> bool:
    """Whether every element is a finite number."""
    return bool(torch.isfinite(x).all())
