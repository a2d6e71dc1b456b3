"""The original wiring: spectra of the reference, time and all, beside the U-Net's bottleneck and every skip.

It is here for comparison: what the reference plays leaks into what is made.
"""

from collections.abc import Mapping
from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional

from leap_models.families.timbre.contour import Contour, ContourSizes
from leap_models.families.timbre.encoder import VECTOR


class ConcatSkips(Contour):
    """(score, reference) -> audio; `play` takes the reference itself instead of a vector."""

    def __init__(self, sizes: ContourSizes, sample_rate: int, hop: int) -> None:
        super().__init__(sizes, sample_rate, hop, beside=sizes.reference[::-1])
        self.levels = nn.ModuleList(
            nn.Conv1d(a, b, 3, padding=1) for a, b in pairwise((self.spectra.bins, *sizes.reference))
        )
        self.merges = nn.ModuleList(_Merge(channels) for channels in sizes.reference)
        self.pool = nn.Linear(sizes.reference[-1], VECTOR)
        del self.encoder  # the vector comes from the levels

    def timbre(self, reference: Tensor) -> Tensor:
        """(batch, samples) -> (batch, 64): the deepest level's mean over time; nothing is made from it."""
        vector: Tensor = self.pool(self._levels(reference)[0].mean(dim=-1))
        return functional.layer_norm(vector, (VECTOR,))

    def listen(self, reference: Tensor) -> Tensor:
        """The reference."""
        return reference

    def spectrogram(self, score: Mapping[str, Tensor], heard: Tensor) -> Tensor:
        """(batch, bins, frames of the spectra), log1p power.

        Args:
            heard: (batch, samples) of the reference.
        """
        frames = self.spectra.frames(score["onset"].shape[1] * self.hop)
        return self.drawn(score, frames, None, tuple(self._levels(heard)))

    def _levels(self, reference: Tensor) -> list[Tensor]:
        """(batch, channels, frames) of each level, the deepest first."""
        x, found = self.spectra.log_power(reference), []
        for index, (layer, merge) in enumerate(zip(self.levels, self.merges, strict=True)):
            x = functional.leaky_relu(layer(x if index == 0 else functional.avg_pool1d(x, 2, ceil_mode=True)), 0.01)
            found.append(merge(x))
        return found[::-1]


class _Merge(nn.Module):
    """Two dense layers in each frame. (batch, channels, frames) -> the same shape."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.wide, self.narrow = nn.Conv1d(channels, channels * 3 // 2, 1), nn.Conv1d(channels * 3 // 2, channels, 1)
        self.drop = nn.Dropout(0.2)

    def forward(self, x: Tensor) -> Tensor:
        merged: Tensor = self.drop(functional.relu(self.narrow(self.wide(x))))
        return merged
