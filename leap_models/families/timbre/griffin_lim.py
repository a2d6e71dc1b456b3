"""Spectrograms of log1p power, and back to sound with phases found by iteration.

Source: Griffin & Lim 1984; with momentum, Perraudin, Balazs & Søndergaard 2013.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

ITERATIONS = 48
MOMENTUM = 0.99


@dataclass(frozen=True)
class Spectra:
    """Short-time spectra: `n_fft` samples, one every `hop`."""

    n_fft: int
    hop: int

    @property
    def bins(self) -> int:
        """How many frequencies there are; the last is half the sample rate."""
        return self.n_fft // 2 + 1

    def frames(self, samples: int) -> int:
        """How many spectra a sound has."""
        return samples // self.hop + 1

    def of(self, audio: Tensor) -> Tensor:
        """(batch, samples) -> complex (batch, bins, frames)."""
        short = max(0, self.n_fft // 2 + 1 - audio.shape[-1])
        return torch.stft(
            functional.pad(audio, (0, short)), self.n_fft, self.hop, window=self._window(audio), center=True,
            pad_mode="constant", return_complex=True,
        )  # fmt: skip

    def sound(self, spectra: Tensor, samples: int) -> Tensor:
        """(batch, bins, frames) -> (batch, samples)."""
        window = self._window(spectra.real)
        return torch.istft(spectra, self.n_fft, self.hop, window=window, center=True, length=samples)

    def log_power(self, audio: Tensor) -> Tensor:
        """(batch, samples) -> (batch, bins, frames), log(1 + power)."""
        spectra = self.of(audio)
        return torch.log1p(spectra.real.square() + spectra.imag.square())

    def _window(self, like: Tensor) -> Tensor:
        return torch.hann_window(self.n_fft, dtype=like.dtype, device=like.device)


def griffin_lim(log_power: Tensor, spectra: Spectra, samples: int, iterations: int = ITERATIONS) -> Tensor:
    """Sound whose spectra have that power at all frequencies. (batch, bins, frames) -> (batch, samples).

    The phases begin as those of a fixed noise, so the same spectrogram gives the same sound.
    """
    magnitude = torch.expm1(log_power.clamp(min=0.0)).sqrt()
    seeded = torch.Generator().manual_seed(0)
    angle = (torch.rand(magnitude.shape[1:], generator=seeded) * (2.0 * torch.pi)).to(magnitude.device)
    phase = torch.polar(torch.ones_like(angle), angle).expand(magnitude.shape)
    before = torch.zeros_like(phase)
    for _step in range(iterations):
        consistent = spectra.of(spectra.sound(magnitude * phase, samples))
        ahead = consistent + MOMENTUM * (consistent - before)
        phase, before = ahead / (ahead.abs() + 1e-9), consistent
    return spectra.sound(magnitude * phase, samples)
