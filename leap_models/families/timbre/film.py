"""A vector that scales and shifts channels (Perez et al. 2018), and the norms that come before."""

from torch import Tensor, nn


class Film(nn.Module):
    """Scale and shift. (batch, channels, frames) and (batch, vector) -> (batch, channels, frames)."""

    def __init__(self, vector: int, channels: int) -> None:
        super().__init__()
        self.say = nn.Linear(vector, 2 * channels)
        nn.init.normal_(self.say.weight, std=0.02)
        nn.init.zeros_(self.say.bias)

    def forward(self, x: Tensor, vector: Tensor) -> Tensor:
        scale, shift = self.say(vector)[..., None].chunk(2, dim=1)
        steered: Tensor = x * (1.0 + scale) + shift
        return steered


class FrameNorm(nn.Module):
    """Each frame by itself, over its channels: what comes later in a piece changes nothing."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)

    def forward(self, x: Tensor) -> Tensor:
        normed: Tensor = self.norm(x.transpose(1, 2)).transpose(1, 2)
        return normed


def norm(kind: str, channels: int) -> nn.Module:
    """`frame`, or `instance`: over time, as in the original, for which stretches must be of one length."""
    return FrameNorm(channels) if kind == "frame" else nn.InstanceNorm1d(channels)
