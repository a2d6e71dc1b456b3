"""Fixed noises from which hammers and rooms are mixed: bands of noise, each dying away at several speeds.

They are made from a seed, so a checkpoint needs to hold only how much there is of each.
"""

from typing import Any

import numpy as np
import torch
from scipy import fft
from torch import Tensor


def noises(bands: int, times_s: tuple[float, ...], samples: int, sample_rate: int, seed: int) -> Tensor:
    """(bands x times, samples), each of energy 1.

    Args:
        bands: overlapping, evenly spaced on a logarithmic scale from 60 Hz to half the sample rate.
        times_s: in which a noise falls by 60 dB.
    """
    rng = np.random.default_rng(seed)
    spectrum = np.fft.rfft(rng.standard_normal((bands, samples)))
    hz = np.maximum(np.fft.rfftfreq(samples, 1.0 / sample_rate), 1.0)
    place = (bands - 1) * np.log(hz / 60.0) / np.log(sample_rate / 120.0)
    weight = np.cos(np.clip(np.abs(place - np.arange(bands)[:, None]), 0.0, 1.0) * np.pi / 2)
    made = np.fft.irfft(spectrum * weight, samples)
    time_s = np.arange(samples) / sample_rate
    fall = np.exp(-6.9 * time_s / np.array(times_s)[:, None])  # 6.9 nepers are 60 dB
    fall *= np.clip((time_s[-1] - time_s) / (0.05 * time_s[-1]), 0.0, 1.0)  # nothing ends abruptly
    each = (made[:, None] * fall).reshape(-1, samples)
    each /= np.sqrt((each**2).sum(axis=1, keepdims=True))
    return torch.from_numpy(each.astype(np.float32))


def convolved(audio: Tensor, response: Tensor) -> Tensor:
    """(batch, samples) through (batch, length) -> (batch, samples): what is heard until the audio ends."""
    heard: Tensor = _Convolved.apply(audio, response)  # type: ignore[no-untyped-call]
    return heard


class _Convolved(torch.autograd.Function):
    """By real transforms both ways, which take autograd's own complex ones half the time."""

    @staticmethod
    def forward(ctx: Any, audio: Tensor, response: Tensor) -> Tensor:  # noqa: ANN401  (torch gives it)
        size = fft.next_fast_len(audio.shape[-1] + response.shape[-1] - 1, real=True)
        spectra = torch.fft.rfft(audio, size), torch.fft.rfft(response, size)
        ctx.save_for_backward(*spectra)
        ctx.lengths = size, audio.shape[-1], response.shape[-1]
        heard: Tensor = torch.fft.irfft(spectra[0] * spectra[1], size)[..., : audio.shape[-1]]
        return heard

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor]:  # noqa: ANN401  (torch gives it)
        audio, response = ctx.saved_tensors
        size, samples, length = ctx.lengths
        turned = torch.fft.rfft(gradient, size)
        of_audio = torch.fft.irfft(turned * response.conj(), size)[..., :samples]
        return of_audio, torch.fft.irfft(turned * audio.conj(), size)[..., :length]
