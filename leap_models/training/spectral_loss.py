"""How far one sound is from another to the ear: spectra of several sizes, mel bands, loudness over time.

None of these hears phases, which no two renderings of a note share. The spectral loss is that of DDSP (Engel et al.
2020, section 3.1): for each size of the transform the mean difference of magnitudes and of their logarithms.

Most of the time of a step of training goes by here, so gradients are written down: autograd's own of magnitudes and
differences take twice as long in all.

Conventions: sounds are (batch, samples) in -1..1; losses are means over everything, so they do not grow with length.
"""

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from leap_models.families.timbre.encoder import mel_bands

SIZES = (2048, 1024, 512, 256, 128, 64)  # of the transforms, samples; each hops a quarter of itself
FLOOR = 1e-5  # magnitudes below it are as good as nothing
MEL_SIZE, MEL_BANDS = 1024, 80
ENVELOPE, ENVELOPE_HOP = 480, 120  # samples: 20 ms and 5 ms at 24 kHz
ENVELOPE_FLOOR = 1e-3  # 60 dB below full scale
SIXTEEN_BITS = 1e-5  # times the root of a transform's size: magnitudes of what 16 bits cannot hold
DECIBELS = 20.0 / math.log(10.0)  # in one unit of a natural logarithm of magnitudes


@dataclass(frozen=True)
class LossWeights:
    """What counts how much.

    Args:
        log_magnitude: of each transform, beside the magnitudes themselves (DDSP's alpha).
        mel: logarithms of mel bands.
        envelope: logarithms of the loudness.
        floor: times the root of a transform's size: magnitudes below it are as good as nothing.
    """

    log_magnitude: float = 1.0
    mel: float = 1.0
    envelope: float = 1.0
    floor: float = SIXTEEN_BITS


def sound_loss(made: Tensor, wanted: Tensor, sample_rate: int, weights: LossWeights) -> dict[str, Tensor]:
    """Each part of the loss by name; `sound` is their weighted sum."""
    parts = {
        "spectral": multi_scale(made, wanted, weights.log_magnitude, weights.floor),
        "mel": (log_mel(made, sample_rate, weights.floor) - log_mel(wanted, sample_rate, weights.floor)).abs().mean(),
        "envelope": (log_envelope(made) - log_envelope(wanted)).abs().mean(),
    }
    return {**parts, "sound": parts["spectral"] + weights.mel * parts["mel"] + weights.envelope * parts["envelope"]}


def multi_scale(made: Tensor, wanted: Tensor, log_weight: float = 1.0, floor: float = 0.0) -> Tensor:
    """DDSP's multi-scale spectral loss.

    Args:
        floor: as in `LossWeights`; DDSP has none but FLOOR.
    """
    total = torch.zeros((), device=made.device)
    for size in SIZES:
        one, other = magnitudes(made, size), magnitudes(wanted, size)
        apart: Tensor = _Apart.apply(one, other, log_weight, _floor(size, floor))  # type: ignore[no-untyped-call]
        total = total + apart
    return total


def magnitudes(sound: Tensor, size: int) -> Tensor:
    """(batch, samples) -> (batch, frames, size / 2 + 1): Hann windows, from the first sample past the last."""
    hop = size // 4
    frames = -(-sound.shape[-1] // hop)
    padded = functional.pad(sound, (0, (frames - 1) * hop + size - sound.shape[-1]))
    found: Tensor = _Magnitudes.apply(padded, size)  # type: ignore[no-untyped-call]
    return found


def log_mel(sound: Tensor, sample_rate: int, floor: float = 0.0) -> Tensor:
    """(batch, samples) -> (batch, MEL_BANDS, frames), natural logarithms."""
    bands = magnitudes(sound, MEL_SIZE) @ _filters(sample_rate).to(sound.device).T
    return torch.log(bands.clamp(min=_floor(MEL_SIZE, floor))).transpose(1, 2)


def log_envelope(sound: Tensor) -> Tensor:
    """(batch, samples) -> (batch, frames), natural logarithms of the loudness in 20 ms."""
    power = functional.avg_pool1d(sound.square()[:, None], ENVELOPE, ENVELOPE_HOP)[:, 0]
    return 0.5 * torch.log(power + ENVELOPE_FLOOR**2)


@torch.no_grad()
def mel_distance_db(made: Tensor, wanted: Tensor, sample_rate: int) -> float:
    """Mean difference of the mel bands in dB; what is 80 dB below the wanted sound's loudest band counts as silence."""
    one, other = log_mel(made, sample_rate), log_mel(wanted, sample_rate)
    floor = other.max() - 80.0 / DECIBELS
    return float((one.clamp(min=floor) - other.clamp(min=floor)).abs().mean()) * DECIBELS


def _floor(size: int, floor: float) -> float:
    return max(FLOOR, floor * math.sqrt(size))


@cache
def _filters(sample_rate: int) -> Tensor:
    return mel_bands(sample_rate, MEL_SIZE, MEL_BANDS)


class _Magnitudes(torch.autograd.Function):
    """(batch, samples) and the transform's size -> (batch, frames, size / 2 + 1)."""

    @staticmethod
    def forward(ctx: Any, padded: Tensor, size: int) -> Tensor:  # noqa: ANN401  (torch gives it)
        window = torch.hann_window(size, device=padded.device, dtype=padded.dtype)
        spectrum = torch.fft.rfft(padded.unfold(-1, size, size // 4) * window)
        real, imaginary = torch.view_as_real(spectrum).unbind(-1)
        found = torch.addcmul(real.square(), imaginary, imaginary).sqrt_()
        ctx.save_for_backward(spectrum, found, window)
        return found

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:  # noqa: ANN401  (torch gives it)
        spectrum, found, window = ctx.saved_tensors
        size, hop = len(window), len(window) // 4
        turned = spectrum * (gradient / found.clamp(min=1e-12))
        turned[..., 0] *= 2.0  # the inverse counts all bins twice but the first and the last
        turned[..., -1] *= 2.0
        frames = torch.fft.irfft(turned, size, norm="forward") * (0.5 * window)
        batch, count, _size = frames.shape
        quarters, whole = frames.view(batch, count, 4, hop), frames.new_zeros(batch, count + 3, hop)
        for place in range(4):
            whole[:, place : place + count] += quarters[:, :, place]
        return whole.view(batch, -1), None


class _Apart(torch.autograd.Function):
    """Mean difference of magnitudes, and of their logarithms; a gradient has the first of the two alone."""

    @staticmethod
    def forward(ctx: Any, one: Tensor, other: Tensor, log_weight: float, floor: float) -> Tensor:  # noqa: ANN401  (torch gives it)
        apart, audible = one - other, one.clamp(min=floor)
        sign = apart.sign()
        far = apart.abs_().mean() + log_weight * (audible / other.clamp(min=floor)).log_().abs_().mean()
        ctx.save_for_backward(torch.addcmul(sign, sign * (one > floor), log_weight / audible).div_(one.numel()))
        return far

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None, None]:  # noqa: ANN401  (torch gives it)
        return gradient * ctx.saved_tensors[0], None, None, None
