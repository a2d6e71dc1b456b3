"""How data turns into noise: `x_t = alpha(t) x0 + sigma(t) eps`, t from 0 (data) to 1 (noise).

`flow`, `cosine` and `linear_beta` end in pure unit noise (alpha(1) = 0). The three of the SDE papers end where the
noise covers the data: `ve` keeps alpha at 1 and lets sigma grow, `vp` and `subvp` leave a trace of the data. Sampling
starts from sigma(1) times unit noise: see `sde.Sde.prior`.
"""

import math
from dataclasses import dataclass
from typing import Literal, Protocol

import torch
from torch import Tensor

from leap_models.errors import BadParameter

Kind = Literal["flow", "cosine", "linear_beta", "ve", "vp", "subvp"]


class Schedule(Protocol):
    """Signal and noise levels, and their slopes, at times of any shape."""

    def alpha(self, t: Tensor) -> Tensor:
        """Level of the data, from 1."""
        ...

    def sigma(self, t: Tensor) -> Tensor:
        """Level of the noise, from 0."""
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
class VariancePreserving:
    """DDPM's linear betas in continuous time. Source: Song et al. 2021, eq. 11."""

    low: float = 0.1
    high: float = 20.0

    def alpha(self, t: Tensor) -> Tensor:
        return torch.exp(-0.25 * t.square() * (self.high - self.low) - 0.5 * t * self.low)

    def sigma(self, t: Tensor) -> Tensor:
        return _noise_beside(self.alpha(t))

    def slopes(self, t: Tensor) -> tuple[Tensor, Tensor]:
        alpha = self.alpha(t)
        slope = -0.5 * (self.low + t * (self.high - self.low)) * alpha
        return slope, -alpha * slope / self.sigma(t).clamp(min=1e-6)


@dataclass(frozen=True)
class SubVariancePreserving(VariancePreserving):
    """The same with less noise on the way. Source: Song et al. 2021, eq. 13."""

    def sigma(self, t: Tensor) -> Tensor:
        return 1.0 - self.alpha(t).square()

    def slopes(self, t: Tensor) -> tuple[Tensor, Tensor]:
        slope, _sigma = super().slopes(t)
        return slope, -2.0 * self.alpha(t) * slope


@dataclass(frozen=True)
class LinearBeta:
    """Variance preserving, rescaled to end in pure noise. Source: Lin et al. 2024."""

    low: float = 0.1
    high: float = 20.0

    def alpha(self, t: Tensor) -> Tensor:
        end = self._betas.alpha(torch.ones_like(t))
        return (self._betas.alpha(t) - end) / (1.0 - end)

    def sigma(self, t: Tensor) -> Tensor:
        return _noise_beside(self.alpha(t))

    def slopes(self, t: Tensor) -> tuple[Tensor, Tensor]:
        end = self._betas.alpha(torch.ones_like(t))
        rate = self._betas.slopes(t)[0] / (1.0 - end)
        return rate, -self.alpha(t) * rate / self.sigma(t).clamp(min=1e-6)

    @property
    def _betas(self) -> VariancePreserving:
        return VariancePreserving(self.low, self.high)


@dataclass(frozen=True)
class VarianceExploding:
    """The data stay, the noise grows over them, by equal factors in equal times. Source: Song et al. 2021, eq. 9.

    sigma(t)^2 = low^2 ((high / low)^(2 t) - 1), which is 0 at t = 0.

    Args:
        low: sigma where growth turns exponential.
        high: about the largest distance between two examples, so that the noise covers the data.
    """

    low: float = 0.01
    high: float = 50.0

    @classmethod
    def of_base(cls, base: float = 25.0) -> "VarianceExploding":
        """The one with dx = base^t dw, whose sigma is sqrt((base^(2 t) - 1) / (2 ln base))."""
        low = 1.0 / math.sqrt(2.0 * math.log(base))
        return cls(low, base * low)

    def alpha(self, t: Tensor) -> Tensor:
        return torch.ones_like(t)

    def sigma(self, t: Tensor) -> Tensor:
        return self.low * torch.expm1(2.0 * t * math.log(self.high / self.low)).clamp(min=0.0).sqrt()

    def slopes(self, t: Tensor) -> tuple[Tensor, Tensor]:
        growth = math.log(self.high / self.low)
        slope = self.low**2 * torch.exp(2.0 * t * growth) * growth / self.sigma(t).clamp(min=1e-6)
        return torch.zeros_like(t), slope


def _noise_beside(alpha: Tensor) -> Tensor:
    """The noise that keeps the variance at 1."""
    return (1.0 - alpha.square()).clamp(min=0.0).sqrt()


def make(kind: Kind) -> Schedule:
    """The schedule of a name.

    Raises:
        BadParameter: no such schedule.
    """
    schedules: dict[str, Schedule] = {
        "flow": Flow(), "cosine": Cosine(), "linear_beta": LinearBeta(),
        "ve": VarianceExploding(), "vp": VariancePreserving(), "subvp": SubVariancePreserving(),
    }  # fmt: skip
    if kind not in schedules:
        raise BadParameter(f"schedule must be one of {', '.join(schedules)}, got {kind!r}")
    return schedules[kind]


def times(steps: int, shift: float = 1.0, start: float = 1.0, end: float = 0.0) -> Tensor:
    """(steps + 1,) falling times; `shift` above 1 spends more of the steps near the noise.

    Args:
        start: less than 1 begins from data under a part of the noise.
        end: more than 0 stays away from where the score of clean data has no bounds.

    Source of the shift: Esser et al. 2024, eq. 23.
    """
    even = torch.linspace(1.0, 0.0, steps + 1, dtype=torch.float64)
    return (end + (start - end) * (shift * even / (1.0 + (shift - 1.0) * even))).float()
