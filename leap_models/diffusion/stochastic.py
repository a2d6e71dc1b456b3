"""From noise to data by the stochastic equation: predictors take a step in time, correctors mend the distribution.

Source: Song et al. 2021, algorithms 1 to 5. Calls of the network a step: one for a predictor, one for each corrector
step.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor

from leap_models.diffusion.denoiser import Denoise, column, score
from leap_models.diffusion.schedule import Schedule
from leap_models.diffusion.sde import Sde
from leap_models.errors import BadParameter

PredictorName = Literal["euler_maruyama", "reverse_diffusion", "ancestral", "none"]
CorrectorName = Literal["langevin", "annealed_langevin", "none"]


@dataclass(frozen=True)
class Stochastic:
    """How the stochastic equation is followed.

    Args:
        snr: size of a corrector's steps.
        corrector_steps: of each.
    """

    predictor: PredictorName = "reverse_diffusion"
    corrector: CorrectorName = "langevin"
    snr: float = 0.16
    corrector_steps: int = 1

    @property
    def calls(self) -> int:
        """Of the network, for each step in time."""
        return (self.predictor != "none") + self.corrector_steps * (self.corrector != "none")


@dataclass(frozen=True)
class Step:
    """Where a predictor goes: the mean, and how much noise is added there."""

    mean: Tensor
    noise: Tensor


Predictor = Callable[[Tensor, Tensor, Tensor, Tensor, Schedule], Step]  # x_t, x0, t, next t


def euler_maruyama(x: Tensor, x0: Tensor, t: Tensor, t_next: Tensor, schedule: Schedule) -> Step:
    """The reverse equation over a short time."""
    sde, elapsed = Sde(schedule), column(t - t_next, x)
    return Step(x - sde.reverse_drift(x, x0, t) * elapsed, column(sde.diffusion(t), x) * elapsed.sqrt())


def reverse_diffusion(x: Tensor, x0: Tensor, t: Tensor, t_next: Tensor, schedule: Schedule) -> Step:
    """The forward step, exactly, undone to first order."""
    scale, variance = _transition(t, t_next, x, schedule)
    return Step((2.0 - scale) * x + variance * score(x, x0, t, schedule), variance.sqrt())


def ancestral(x: Tensor, x0: Tensor, t: Tensor, t_next: Tensor, schedule: Schedule) -> Step:
    """x at the next time given x and x0, exactly. Source: Ho et al. 2020, eq. 7, for any levels."""
    scale, variance = _transition(t, t_next, x, schedule)
    here = schedule.sigma(column(t, x)).square().clamp(min=1e-12)
    there = schedule.sigma(column(t_next, x)).square()
    mean = (scale * there * x + schedule.alpha(column(t_next, x)) * variance * x0) / here
    return Step(mean, (variance * there / here).sqrt())


def predictor_corrector(
    denoise: Denoise, schedule: Schedule, start: Tensor, times: Tensor, tick: Callable[[], None], how: Stochastic,
    rng: torch.Generator,
) -> Tensor:
    """Correct at each level of noise, then go on to the next; the last step adds no noise.

    Args:
        start: x at times[0].
        times: (steps + 1,) falling, the last above 0 unless the predictor is `ancestral`.
        rng: on the CPU, so that a seed's music depends on no device.
    """
    predict = _predictor(how.predictor)
    x = start
    for index, (t, t_next) in enumerate(pairwise(times)):
        tick()
        here, there = t.expand(len(x)), t_next.expand(len(x))
        for _ in range(how.corrector_steps if how.corrector != "none" else 0):
            x = _corrected(denoise, schedule, x, here, how, rng)
        if predict is not None:
            step = predict(x, denoise(x, here), here, there, schedule)
            x = step.mean if index == len(times) - 2 else step.mean + step.noise * _unit(x, rng)
    return x


def _predictor(name: str) -> Predictor | None:
    predictors: dict[str, Predictor | None] = {
        "euler_maruyama": euler_maruyama, "reverse_diffusion": reverse_diffusion, "ancestral": ancestral, "none": None,
    }  # fmt: skip
    if name not in predictors:
        raise BadParameter(f"predictor must be one of {', '.join(predictors)}, got {name!r}")
    return predictors[name]


def _corrected(
    denoise: Denoise, schedule: Schedule, x: Tensor, t: Tensor, how: Stochastic, rng: torch.Generator
) -> Tensor:
    """One step of Langevin dynamics at a fixed level of noise."""
    slope = score(x, denoise(x, t), t, schedule)
    noise = _unit(x, rng)
    if how.corrector == "langevin":  # the signal-to-noise ratio is of the norms that are found
        size = 2.0 * (how.snr * _norm(noise) / _norm(slope)).square()
    elif how.corrector == "annealed_langevin":  # and here of those that are expected
        size = 2.0 * (how.snr * schedule.sigma(column(t, x))).square()
    else:
        raise BadParameter(f"corrector must be one of langevin, annealed_langevin, none, got {how.corrector!r}")
    return x + size * slope + (2.0 * size).sqrt() * noise


def _transition(t: Tensor, t_next: Tensor, x: Tensor, schedule: Schedule) -> tuple[Tensor, Tensor]:
    """What x at `t_next` is multiplied with on the way to the noisier `t`, and the variance that is added."""
    here, there = column(t, x), column(t_next, x)
    scale = schedule.alpha(here) / schedule.alpha(there)
    return scale, (schedule.sigma(here).square() - (scale * schedule.sigma(there)).square()).clamp(min=0.0)


def _unit(like: Tensor, rng: torch.Generator) -> Tensor:
    return torch.randn(like.shape, generator=rng, dtype=like.dtype).to(like.device)


def _norm(x: Tensor) -> Tensor:
    """The mean over the batch of the norms."""
    found: Tensor = torch.linalg.vector_norm(x.flatten(1), dim=1).mean()
    return found
