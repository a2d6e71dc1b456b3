"""What is known of a piano's strings before anything is learned: pitch, stiffness, decay, and where the hammer hits."""

import math

import torch
from torch import Tensor

from leap_models.families.timbre.score import LOWEST

A4_KEY = 69 - LOWEST
_HAMMER = 8.0  # the hammer strikes at about an eighth of the string
_GOLDEN = (0.7548776662466927, 0.5698402909980532)  # of the plastic number: phases that fill the circle evenly


def fundamental_hz(key: Tensor) -> Tensor:
    """The pitch of keys 0..87 in equal temperament, A4 = 440 Hz."""
    return 440.0 * torch.exp2((key - A4_KEY) / 12.0)


def stiffness(key: Tensor) -> Tensor:
    """Inharmonicity B of keys 0..87. Source: Rigaud, David & Daudet 2013, the mean of their pianos."""
    midi = key + LOWEST
    return torch.exp(0.0926 * midi - 13.64) + torch.exp(-0.0847 * midi - 5.82)


def partials_hz(first_hz: Tensor, stiff: Tensor, count: int) -> Tensor:
    """(notes,) pitches and (notes,) B -> (notes, count): f_n = n f0 sqrt(1 + B n^2), tuned so that f_1 is the pitch."""
    n = torch.arange(1, count + 1, device=first_hz.device)
    return first_hz[:, None] * n * torch.sqrt((1.0 + stiff[:, None] * n.square()) / (1.0 + stiff[:, None]))


def phases(key: Tensor, count: int) -> Tensor:
    """(notes,) keys -> (notes, count) cycles in 0..1 at which partials begin; the same whenever a key is struck."""
    n = torch.arange(1, count + 1, device=key.device, dtype=torch.float64)
    return ((key.double()[:, None] + 1.0) * _GOLDEN[0] * n + n * _GOLDEN[1]) % 1.0


def log_levels(key: Tensor, velocity: Tensor, hz: Tensor) -> Tensor:
    """Natural logarithm of each partial's amplitude. (notes,), (notes,), (notes, count) -> (notes, count)."""
    n = torch.arange(1, hz.shape[1] + 1, device=hz.device)
    comb = torch.log(torch.sin(math.pi * n / _HAMMER).abs() + 0.1)
    bright_hz = 350.0 + 900.0 * velocity + 1.5 * hz[:, 0]
    loudness = math.log(0.08) + 35.0 / 20.0 * math.log(10.0) * (velocity - 1.0)  # 35 dB from softest to loudest
    return loudness[:, None] + comb - (hz - hz[:, :1]) / bright_hz[:, None] - key[:, None] / 176.0


def decays(hz: Tensor) -> Tensor:
    """Of a partial's slow, second stage, in nepers a second: 19 s to silence at 27 Hz, 2 s at 4 kHz."""
    return 0.35 * (1.0 + hz / 500.0)
