"""Networks that predict data, noise, velocity or score, as one thing: what is the clean signal under this noisy one?"""

from collections.abc import Callable
from typing import Literal

from torch import Tensor

from leap_models.diffusion.schedule import Schedule
from leap_models.errors import BadParameter

Target = Literal["data", "noise", "velocity", "score"]
Denoise = Callable[[Tensor, Tensor], Tensor]  # (x_t, t of shape (batch,)) -> x0


def column(t: Tensor, like: Tensor) -> Tensor:
    """(batch,) -> (batch, 1, 1, ...), to be multiplied with `like`."""
    return t.reshape(-1, *([1] * (like.dim() - 1)))


def noised(x0: Tensor, eps: Tensor, t: Tensor, schedule: Schedule) -> Tensor:
    """x_t of a batch at times t of shape (batch,)."""
    times = column(t, x0)
    return schedule.alpha(times) * x0 + schedule.sigma(times) * eps


def target(x0: Tensor, eps: Tensor, t: Tensor, schedule: Schedule, kind: Target) -> Tensor:
    """What a network of a kind should say."""
    if kind == "data":
        return x0
    if kind == "noise":
        return eps
    if kind == "score":
        return -eps / schedule.sigma(column(t, x0))
    slope_alpha, slope_sigma = schedule.slopes(column(t, x0))
    return slope_alpha * x0 + slope_sigma * eps


def clean(prediction: Tensor, x_t: Tensor, t: Tensor, schedule: Schedule, kind: Target) -> Tensor:
    """x0 from what a network of a kind said of x_t.

    Raises:
        BadParameter: no such kind.
    """
    if kind == "data":
        return prediction
    times = column(t, x_t)
    alpha, sigma = schedule.alpha(times), schedule.sigma(times)
    if kind == "noise":
        return (x_t - sigma * prediction) / alpha.clamp(min=1e-4)
    if kind == "score":
        return (x_t + sigma.square() * prediction) / alpha.clamp(min=1e-4)
    if kind == "velocity":
        slope_alpha, slope_sigma = schedule.slopes(times)
        # x_t and v are two equations in x0 and eps.
        return (slope_sigma * x_t - sigma * prediction) / (alpha * slope_sigma - sigma * slope_alpha)
    raise BadParameter(f"a network predicts data, noise, velocity or score, got {kind!r}")


def score(x_t: Tensor, x0: Tensor, t: Tensor, schedule: Schedule) -> Tensor:
    """The gradient of log p_t at x_t, from the clean signal expected there. Source: Vincent 2011; Efron 2011."""
    times = column(t, x_t)
    return (schedule.alpha(times) * x0 - x_t) / schedule.sigma(times).square().clamp(min=1e-12)


class Counted:
    """A denoiser that knows how often it was asked.

    Attributes:
        calls: of the network, whatever the size of the batch.
    """

    def __init__(self, denoise: Denoise) -> None:
        self._denoise = denoise
        self.calls = 0

    def __call__(self, x_t: Tensor, t: Tensor) -> Tensor:
        self.calls += 1
        return self._denoise(x_t, t)
