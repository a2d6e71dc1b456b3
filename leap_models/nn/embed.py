"""Numbers and places as vectors."""

import math

import torch
from torch import Tensor, nn


def sinusoids(values: Tensor, width: int, fastest: float = 1000.0) -> Tensor:
    """(...,) numbers in about 0..1 -> (..., width) sines and cosines of rising frequency."""
    half = width // 2
    rates = torch.exp(torch.arange(half, device=values.device) * (math.log(fastest) / max(1, half - 1)))
    angles = values[..., None].float() * rates
    return torch.cat([angles.sin(), angles.cos()], dim=-1)


class ScalarEmbedding(nn.Module):
    """One number as a vector. (batch,) -> (batch, width)."""

    def __init__(self, width: int, fastest: float = 1000.0, features: int = 64) -> None:
        super().__init__()
        self.features, self.fastest = features, fastest
        self.mix = nn.Sequential(nn.Linear(features, width), nn.SiLU(), nn.Linear(width, width))

    def forward(self, values: Tensor) -> Tensor:
        mixed: Tensor = self.mix(sinusoids(values, self.features, self.fastest))
        return mixed


def rotary(tokens: int, width: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Cosines and sines (tokens, width / 2) of rotary positions. Source: Su et al. 2021."""
    rates = 10_000.0 ** (-torch.arange(0, width, 2, device=device).float() / width)
    angles = torch.arange(tokens, device=device).float()[:, None] * rates
    return angles.cos(), angles.sin()


def rotate(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    """Turn (batch, heads, tokens, width) by its positions."""
    first, second = x.chunk(2, dim=-1)
    return torch.cat([first * cosine - second * sine, first * sine + second * cosine], dim=-1)
