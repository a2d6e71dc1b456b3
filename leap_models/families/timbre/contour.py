"""PerformanceNet: a U-Net draws the spectrogram's contour, a TextureNet its texture. Source: Wang & Yang 2019.

What is new: the timbre vector steers every block; velocity and pedal are told; onsets survive the change of rate.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from leap_models.families.timbre.encoder import VECTOR
from leap_models.families.timbre.film import Film, norm
from leap_models.families.timbre.griffin_lim import Spectra, griffin_lim
from leap_models.families.timbre.player import Player
from leap_models.families.timbre.score import KEYS, resampled
from leap_models.families.timbre.texture import TextureNet
from leap_models.families.timbre.touch import AS_LEARNED, Touch


@dataclass(frozen=True)
class ContourSizes:
    """How large the network is, and its spectra.

    Args:
        widths: channels on the way down; each but the last halves the frames.
        ups: channels on the way up.
        kernels: of what doubles the frames, even numbers.
        strikes: channels of the encoder of onsets and offsets.
        bands: of the texture's blocks; each must divide the last of `ups`.
        steered: whether the timbre vector steers the blocks.
        reference: channels for which the reference's spectra are compressed at each level by `concat_skips`.
    """

    widths: tuple[int, ...] = (96, 128, 160, 224, 320)
    ups: tuple[int, ...] = (224, 224, 256, 384)
    kernels: tuple[int, ...] = (4, 4, 4, 4)
    strikes: tuple[int, ...] = (96, 128, 160, 192)
    bands: tuple[int, ...] = (2, 4, 8, 16)
    n_fft: int = 1024
    hop: int = 192
    norm: Literal["frame", "instance"] = "frame"
    steered: bool = True
    reference: tuple[int, ...] = (64, 80, 96, 128, 192)


PUBLISHED = ContourSizes(  # 249.8 million parameters; here velocity, pedal and the vector's encoder come on top
    widths=(256, 512, 1024, 2048, 4096), ups=(2048, 1024, 1024, 1024), kernels=(6, 4, 4, 2),
    strikes=(128, 256, 512, 1024), n_fft=2048, hop=140, norm="instance", steered=False,
)  # fmt: skip


class Contour(Player):
    """(score, reference) -> audio by way of a spectrogram; see the module.

    Args:
        beside: channels of the reference that come beside the bottleneck and each skip, the deepest first.
    """

    def __init__(self, sizes: ContourSizes, sample_rate: int, hop: int, beside: tuple[int, ...] = ()) -> None:
        super().__init__(sample_rate, hop)
        self.spectra, self.depth = Spectra(sizes.n_fft, sizes.hop), len(sizes.widths)
        vector, skips = VECTOR if sizes.steered else 0, sizes.widths[-2::-1]
        beside = beside or (0,) * self.depth
        self.downs = nn.ModuleList(
            Pair(a, b, sizes.norm, vector) for a, b in pairwise((2 * KEYS + 1, *sizes.widths))
        )
        self.strikes = nn.ModuleList(Pair(a, b, sizes.norm, 0) for a, b in pairwise((2 * KEYS, *sizes.strikes[1:])))
        told = (sizes.strikes[-1], sizes.strikes[-2], *(0 for _ in sizes.ups[2:]))
        ins = (sizes.widths[-1] + beside[0], *sizes.ups[:-1])
        self.doubles = nn.ModuleList(
            nn.ConvTranspose1d(a, b, k, stride=2, padding=(k - 2) // 2)
            for a, b, k in zip(ins, sizes.ups, sizes.kernels, strict=True)
        )
        self.ups = nn.ModuleList(
            Pair(b + skip + side, b, sizes.norm, vector, between)
            for b, skip, side, between in zip(sizes.ups, skips, beside[1:], told, strict=True)
        )
        self.texture = TextureNet(sizes.ups[-1], self.spectra.bins, sizes.bands, sizes.norm, vector)

    def play(self, score: Mapping[str, Tensor], heard: Tensor, touch: Touch = AS_LEARNED) -> Tensor:  # noqa: ARG002  (only partials can be touched)
        """(batch, frames x hop)."""
        return griffin_lim(self.spectrogram(score, heard), self.spectra, score["onset"].shape[1] * self.hop)

    def spectrogram(self, score: Mapping[str, Tensor], heard: Tensor) -> Tensor:
        """(batch, bins, frames of the spectra), log1p power."""
        frames = self.spectra.frames(score["onset"].shape[1] * self.hop)
        return self.drawn(score, frames, heard, ())

    def loss(self, score: Mapping[str, Tensor], reference: Tensor, audio: Tensor) -> Tensor:
        """Mean distance of the spectrograms, a scalar; `audio` is (batch, frames x hop)."""
        return (self.spectrogram(score, self.listen(reference)) - self.spectra.log_power(audio)).abs().mean()

    def drawn(
        self, score: Mapping[str, Tensor], frames: int, vector: Tensor | None, beside: tuple[Tensor, ...]
    ) -> Tensor:
        """The spectrogram. `beside`: (batch, channels, any frames) for the bottleneck and each skip."""
        told, strikes = _inputs(score, frames, 2 ** (self.depth - 1))
        skips, conditions = [], []
        for index, down in enumerate(self.downs):
            told = down(told if index == 0 else functional.max_pool1d(told, 2), vector)
            skips.append(told)
        for encode in self.strikes:
            strikes = functional.max_pool1d(encode(strikes), 2)
            conditions.append(strikes)
        x = _beside(skips.pop(), beside[:1])
        for index, (double, up) in enumerate(zip(self.doubles, self.ups, strict=True)):
            joined = torch.cat([double(x), _beside(skips.pop(), beside[index + 1 : index + 2])], dim=1)
            x = up(joined, vector, conditions.pop() if index < 2 else None)
        made: Tensor = functional.softplus(self.texture(x, vector))[..., :frames]
        return made


class Pair(nn.Module):
    """Two convolutions. (batch, inputs, frames) -> (batch, outputs, frames).

    Args:
        between: channels that join before the second.
    """

    def __init__(self, inputs: int, outputs: int, kind: str, vector: int, between: int = 0) -> None:
        super().__init__()
        self.first, self.norm_first = nn.Conv1d(inputs, outputs, 3, padding=1), norm(kind, outputs)
        self.second, self.norm_second = nn.Conv1d(outputs + between, outputs, 3, padding=1), norm(kind, outputs)
        self.film = Film(vector, outputs) if vector else None

    def forward(self, x: Tensor, vector: Tensor | None = None, between: Tensor | None = None) -> Tensor:
        x = functional.leaky_relu(self.norm_first(self.first(x)), 0.01)
        x = self.norm_second(self.second(x if between is None else _beside(x, (between,))))
        if self.film is not None and vector is not None:
            x = self.film(x, vector)
        return functional.leaky_relu(x, 0.01)


def _inputs(score: Mapping[str, Tensor], frames: int, multiple: int) -> tuple[Tensor, Tensor]:
    """(batch, 177, frames) of all that sounds and (batch, 176, frames) of onsets and offsets, padded to a multiple."""
    onset = resampled(score["onset"], frames).transpose(1, 2)
    sounding = functional.interpolate(score["sounding"].transpose(1, 2), size=frames, mode="nearest")
    pedal = functional.interpolate(score["pedal"][:, None], size=frames, mode="nearest")
    stops = (functional.pad(sounding, (1, 0))[..., :-1] > 0) & (sounding == 0)
    padding = (0, -frames % multiple)
    every, strikes = torch.cat([onset, sounding, pedal], dim=1), torch.cat([onset, -stops.to(onset.dtype)], dim=1)
    return functional.pad(every, padding), functional.pad(strikes, padding)


def _beside(x: Tensor, others: tuple[Tensor, ...]) -> Tensor:
    return torch.cat([x, *(_of_length(each, x.shape[-1]) for each in others)], dim=1)


def _of_length(x: Tensor, frames: int) -> Tensor:
    return x if x.shape[-1] == frames else functional.interpolate(x, size=frames, mode="nearest")
