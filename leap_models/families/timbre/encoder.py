"""What a recording sounds like, as 64 numbers: its notes, their times and its loudness are thrown away."""

import math
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

VECTOR = 64
_FLOOR_DB = -70.0  # below the loudest: what is quieter counts as that
_HEARD_DB = -45.0  # frames whose loudest band is quieter say nothing of the sound


class LogMel(nn.Module):
    """Mel spectrogram in dB below the recording's loudest. (batch, samples) -> (batch, mels, frames), -70..0."""

    def __init__(self, sample_rate: int, mels: int = 80, n_fft: int = 1024, hop: int = 240) -> None:
        super().__init__()
        self.n_fft, self.hop = n_fft, hop
        self.register_buffer("window", torch.hann_window(n_fft), persistent=False)
        self.register_buffer("bands", mel_bands(sample_rate, n_fft, mels), persistent=False)
        self.window: Tensor
        self.bands: Tensor

    def power(self, audio: Tensor) -> Tensor:
        """(batch, samples) -> (batch, mels, frames), not in dB."""
        padded = functional.pad(audio, (0, max(0, self.n_fft - audio.shape[-1])))
        spectrum = torch.stft(
            padded, self.n_fft, self.hop, window=self.window, center=True, pad_mode="constant", return_complex=True
        )
        return self.bands @ (spectrum.real.square() + spectrum.imag.square())

    def forward(self, audio: Tensor) -> Tensor:
        level = 10.0 * torch.log10(self.power(audio) + 1e-10)
        loudest = level.amax(dim=(1, 2), keepdim=True)
        return (level - loudest).clamp(min=_FLOOR_DB)


class TimbreEncoder(nn.Module):
    """Mel picture, small convolutions, statistics over time. (batch, samples) -> (batch, 64), of length 8.

    The mean and the spread of each band are handed on as they are: a spectral envelope needs no training.
    """

    def __init__(self, sample_rate: int, mels: int = 80, width: int = 128) -> None:
        super().__init__()
        self.mel = LogMel(sample_rate, mels)
        sizes = (1, 16, 32, 48)
        self.picture = nn.ModuleList(nn.Conv2d(a, b, 3, stride=2, padding=1) for a, b in pairwise(sizes))
        self.mix = nn.Conv1d(sizes[-1] * -(-mels // 8), width, 1)
        self.say = nn.Sequential(nn.Linear(2 * width + 3 * mels, 192), nn.SiLU(), nn.Linear(192, VECTOR))
        self.norm = nn.LayerNorm(VECTOR, elementwise_affine=False)

    def forward(self, audio: Tensor) -> Tensor:
        level = self.mel(audio)
        heard = (level.amax(dim=1, keepdim=True) > _HEARD_DB).to(level.dtype)  # (batch, 1, frames)
        scaled = (level - _FLOOR_DB) / -_FLOOR_DB  # 0..1
        seen = scaled[:, None]
        for layer in self.picture:
            seen = functional.silu(layer(seen))
        mixed = functional.silu(self.mix(seen.flatten(1, 2)))  # (batch, width, frames / 8)
        coarse = functional.adaptive_max_pool1d(heard, mixed.shape[-1])
        falling = functional.pad((scaled[..., :-1] - scaled[..., 1:]).clamp(min=0.0), (0, 1))
        bands = torch.cat([*_statistics(scaled, heard), _statistics(20.0 * falling, heard)[0]], dim=1)
        said: Tensor = self.norm(self.say(torch.cat([*_statistics(mixed, coarse), bands], dim=1)))
        return said


def mel_bands(sample_rate: int, n_fft: int, mels: int, low_hz: float = 30.0) -> Tensor:
    """(mels, n_fft / 2 + 1) triangles on the mel scale, each of sum 1; narrow ones hold at least the nearest bin."""
    edges = torch.linspace(_mel(low_hz), _mel(sample_rate / 2), mels + 2, dtype=torch.float64)
    hz = 700.0 * (torch.exp(edges / 1127.0) - 1.0)
    bins = torch.arange(n_fft // 2 + 1, dtype=torch.float64) * sample_rate / n_fft
    rise = (bins - hz[:-2, None]) / (hz[1:-1] - hz[:-2])[:, None]
    fall = (hz[2:, None] - bins) / (hz[2:] - hz[1:-1])[:, None]
    bands = torch.minimum(rise, fall).clamp(min=0.0)
    nearest = (hz[1:-1] * n_fft / sample_rate).round().long()
    bands[torch.arange(mels), nearest] += 1e-3
    return (bands / bands.sum(dim=1, keepdim=True)).float()


def _mel(hz: float) -> float:
    return 1127.0 * math.log(1.0 + hz / 700.0)


def _statistics(values: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Weighted mean and standard deviation over time. (batch, channels, frames) -> two of (batch, channels)."""
    total = weight.sum(dim=-1).clamp(min=1.0)
    mean = (values * weight).sum(dim=-1) / total
    spread = ((values - mean[..., None]).square() * weight).sum(dim=-1) / total
    return mean, (spread + 1e-5).sqrt()
