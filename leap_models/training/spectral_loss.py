"""How far one sound is from another to the ear: spectra of several sizes, mel bands, loudness over time.

None of these hears phases, which no two renderings of a note share. The spectral loss is that of DDSP (Engel et al.
2020, section 3.1): for each size of the transform the mean difference of magnitudes and of their logarithms.

Conventions: sounds are (batch, samples) in -1..1; losses are means over everything, so they do not grow with length.
"""

import math
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor
from torch.nn import functional

from leap_models.families.timbre.encoder import mel_bands

SIZES = (2048, 1024, 512, 256, 128, 64)  # of the transforms, samples; each hops a quarter of itself
FLOOR = 1e-5  # magnitudes below it are as good as nothing
MEL_SIZE, MEL_BANDS = 1024, 80
ENVELOPE, ENVELOPE_HOP = 480, 120  # samples: 20 ms and 5 ms at 24 kHz
ENVELOPE_FLOOR = 1e-3  # 60 dB below full scale
DECIBELS = 20.0 / math.log(10.0)  # in one unit of a natural logarithm of magnitudes


@dataclass(frozen=True)
class LossWeights:
    """What counts how much.

    Args:
        log_magnitude: of each transform, beside the magnitudes themselves (DDSP's alpha).
        mel: logarithms of mel bands.
        envelope: logarithms of the loudness.
    """

    log_magnitude: float = 1.0
    mel: float = 1.0
    envelope: float = 1.0


def sound_loss(made: Tensor, wanted: Tensor, sample_rate: int, weights: LossWeights) -> dict[str, Tensor]:
    """Each part of the loss by name; `sound` is their weighted sum."""
    parts = {
        "spectral": multi_scale(made, wanted, weights.log_magnitude),
        "mel": (log_mel(made, sample_rate) - log_mel(wanted, sample_rate)).abs().mean(),
        "envelope": (log_envelope(made) - log_envelope(wanted)).abs().mean(),
    }
    return {**parts, "sound": parts["spectral"] + weights.mel * parts["mel"] + weights.envelope * parts["envelope"]}


def multi_scale(made: Tensor, wanted: Tensor, log_weight: float = 1.0) -> Tensor:
    """DDSP's multi-scale spectral loss."""
    total = torch.zeros((), device=made.device)
    for size in SIZES:
        one, other = magnitudes(made, size), magnitudes(wanted, size)
        total = total + (one - other).abs().mean()
        if log_weight:
            apart = torch.log(one.clamp(min=FLOOR)) - torch.log(other.clamp(min=FLOOR))
            total = total + log_weight * apart.abs().mean()
    return total


def magnitudes(sound: Tensor, size: int) -> Tensor:
    """(batch, samples) -> (batch, size / 2 + 1, frames): Hann windows, from the first sample past the last."""
    hop = size // 4
    frames = -(-sound.shape[-1] // hop)
    padded = functional.pad(sound, (0, (frames - 1) * hop + size - sound.shape[-1]))
    window = torch.hann_window(size, device=sound.device)
    return torch.stft(padded, size, hop, window=window, center=False, return_complex=True).abs()


def log_mel(sound: Tensor, sample_rate: int) -> Tensor:
    """(batch, samples) -> (batch, MEL_BANDS, frames), natural logarithms."""
    bands = _filters(sample_rate).to(sound.device) @ magnitudes(sound, MEL_SIZE)
    return torch.log(bands.clamp(min=FLOOR))


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


@cache
def _filters(sample_rate: int) -> Tensor:
    return mel_bands(sample_rate, MEL_SIZE, MEL_BANDS)
