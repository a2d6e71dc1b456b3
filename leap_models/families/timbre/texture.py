"""TextureNet: residual blocks that work on bands of the spectrum by themselves. Source: Wang & Yang 2019.

The original's blocks return twice what they are given whatever they learn; here what they learn is added.
"""

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional

from leap_models.families.timbre.film import Film, norm


class MultiBand(nn.Module):
    """x + what two convolutions make of each band of it. (batch, channels, frames) -> the same shape.

    With convolutions of zeros it is the identity.

    Args:
        vector: numbers of the timbre vector that steers it; 0 for none.
    """

    def __init__(self, channels: int, bands: int, kind: str, vector: int) -> None:
        super().__init__()
        self.first = nn.Conv1d(channels, channels, 3, padding=1, groups=bands)
        self.second = nn.Conv1d(channels, channels, 3, padding=1, groups=bands)
        self.norm_first, self.norm_second = norm(kind, channels), norm(kind, channels)
        self.film = Film(vector, channels) if vector else None

    def forward(self, x: Tensor, vector: Tensor | None = None) -> Tensor:
        hidden = self.norm_first(self.first(x))
        if self.film is not None and vector is not None:
            hidden = self.film(hidden, vector)
        learned: Tensor = self.norm_second(self.second(functional.leaky_relu(hidden, 0.01)))
        return x + learned


class TextureNet(nn.Module):
    """Blocks of ever more bands, then the spectrum. (batch, channels, frames) -> (batch, bins, frames)."""

    def __init__(self, channels: int, bins: int, bands: Sequence[int], kind: str, vector: int) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(MultiBand(channels, count, kind, vector) for count in bands)
        self.last = nn.ConvTranspose1d(channels, bins, 3, padding=1)

    def forward(self, x: Tensor, vector: Tensor | None = None) -> Tensor:
        for block in self.blocks:
            x = block(x, vector)
        made: Tensor = self.last(x)
        return made
