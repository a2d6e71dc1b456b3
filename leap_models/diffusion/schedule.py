"""How data turns into noise: `x_t = alpha(t) x0 + sigma(t) eps`, t from 0 (data) to 1 (noise).

Every schedule here ends in pure noise (alpha(1) = 0, a zero terminal signal-to-noise ratio), so sampling may start
from noise alone.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

import torch
from torch import Tensor

from leap_models.errors import BadParameter

Kind = Literal["flow", "cosine", "linear_beta"]


class Schedule(Protocol):
    """Signal and noise levels, and their slopes, at times of any shape."""

    def alpha(self, t: Tensor) -> Tensor:
        """Level of the data, 1 to 0."""
        ...

    def sigma(self, t: Tensor) -> Tensor:
        """Level of the noise, 0 to 1."""
        ...

    def slopes(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """Derivatives of alpha and sigma."""
        ...


@dataclass(frozen=True)
class Flow:
    """Rectified flow: straight lines. Source: Liu et al. 2022; Lipman et al. 2022."""

    def alpha(self, t: Tensor) -> Tensor:
        return 1.0 - t

    def sigma(self, t: Tensor) -> Tensor:
        return t

    def slopes(self, t: Tensor) -> tuple[Tensor, Tensor]:
        return -torch.ones_like(t), torch.ones_like(t)


@dataclass(frozen=True)
class Cosine:
    """Variance preserving, a quarter of a circle. Source: Nichol & Dhariwal 2021; Salimans & Ho 2022."""

    def alpha(self, t: Tensor) -> Tensor:
        return torch.cos(t * (torch.pi / 2))

    def sigma(self, t: Tensor) -> Tensor:
        return torch.sin(t * (torch.pi / 2))

    def slopes(self, t: Tensor) -> tuple[Tensor, Tensor]:
        return -torch.sin(t * (torch.pi / 2)) * (torch.pi / 2), torch.cos(t * (torch.pi / 2)) * (torch.pi / 2)


@dataclass(frozen=True)
class LinearBeta:
    """DDPM's linear betas in continuous time, rescaled to end in pure noise. Source: Ho 2020; Lin 2024."""

    low: float = 0.1
    high: float = 20.0

    def _raw(self, t: Tensor) -> Tensor:
        return torch.exp(-0.25 * t.square() * (self.high - self.low) - 0.5 * t * self.low)

    def alpha(self, t: Tensor) -> Tensor:
        end = self._raw(torch.ones_like(t))
        return (self._raw(t) - end) / (1.0 - end)

    def sigma(self, t: Tensor) -> Tensor:
        return (1.0 - self.alpha(t).square()).clamp(min=0.0).sqrt()

    def slopes(self, t: Tensor) -> tuple[Tensor, Tensor]:
        end = self._raw(torch.ones_like(t))
        rate = -0.5 * (self.low + t * (self.high - self.low)) * self._raw(t) / (1.0 - end)
        return rate, -self.alpha(t) * rate / self.sigma(t).clamp(min=1e-6)


def make(kind: Kind) -> Schedule:
    """The schedule of a name.

    Raises:
        BadParameter: no such schedule.
    """
    schedules: dict[str, Schedule] = {"flow": Flow(), "cosine": Cosine(), "linear_beta": LinearBeta()}
    if kind not in schedules:
        raise BadParameter(f"schedule must be one of {', '.join(schedules)}, got {kind!r}")
    return schedules[kind]


def times(steps: int, shift: float = 1.0) -> Tensor:
    """(steps + 1,) times from 1 down to 0; `shift` above 1 spends more of the steps near the noise.

    Source of the shift: Esser et al. 2024, eq. 23.
    """
    even = torch.linspace(1.0, 0.0, steps + 1, dtype=torch.float64)
    return (shift * even / (1.0 + (shift - 1.0) * even)).float()
