"""soxr's resampling as sums that a graph can do: its filter is measured, so it is the same one."""

import math

import numpy as np
import soxr
import torch
from torch import Tensor, nn
from torch.nn import functional

_TINY = 1e-7  # of a filter's weights: what lies outside where it is larger is left out
_FIRST = 64  # samples, at the wanted rate, that soxr makes in a way of its own


class Resample(nn.Module):
    """(batch, samples at one rate) -> (batch, samples at another), and behind what soxr gives some of silence."""

    weight: Tensor
    first: Tensor

    def __init__(self, given_rate: int, wanted_rate: int) -> None:
        super().__init__()
        divisor = math.gcd(given_rate, wanted_rate)
        self.down, self.up = given_rate // divisor, wanted_rate // divisor
        weights, self.before = self._measured(given_rate, wanted_rate)
        reach = weights.shape[1] + self.down
        impulses = np.eye(reach, 2 * reach, dtype=np.float32)  # soxr has another filter for float64
        first = np.stack([soxr.resample(each, given_rate, wanted_rate)[:_FIRST] for each in impulses])
        self.register_buffer("weight", torch.from_numpy(weights)[:, None])
        used = int(np.flatnonzero(np.abs(first).max(axis=1) > _TINY)[-1]) + 1
        self.register_buffer("first", torch.from_numpy(first[:used].copy()))

    def forward(self, samples: Tensor) -> Tensor:
        padded = functional.pad(samples, (self.before, self.weight.shape[2]))
        phases = functional.conv1d(padded[:, None], self.weight, stride=self.down)
        begun = samples[:, : len(self.first)] @ self.first
        return torch.cat([begun, phases.transpose(1, 2).flatten(1)[:, _FIRST:]], dim=1)

    def _measured(self, given_rate: int, wanted_rate: int) -> tuple[np.ndarray, int]:
        """(up, taps) what each of `up` samples takes of the given ones around it, and how many of those lie before."""
        down, up = self.down, self.up
        reach = math.ceil(256 * max(1.0, down / up))  # samples: more than soxr looks at
        weights = np.zeros((up, 2 * reach + down), np.float32)
        middle = 2 * reach // down * down
        for shift in range(down):
            impulse = np.zeros(2 * middle + down, np.float32)
            impulse[middle + shift] = 1.0
            response = soxr.resample(impulse, given_rate, wanted_rate)
            outputs = np.arange(len(response))
            taps = middle + shift - outputs // up * down + reach
            inside = (taps >= 0) & (taps < weights.shape[1])
            weights[outputs[inside] % up, taps[inside]] = response[inside]
        used = np.flatnonzero(np.abs(weights).max(axis=0) > _TINY)
        return np.ascontiguousarray(weights[:, used[0] : used[-1] + 1]), reach - int(used[0])
