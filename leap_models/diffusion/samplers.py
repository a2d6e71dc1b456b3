"""From noise to data with a denoiser. Every sampler has one signature; `tick` is called once a step.

    sampler             follows                                             calls of the network for n steps
    euler               the ordinary equation, first order (DDIM)           n
    heun                the ordinary equation, second order                 2 n - 1 to t = 0, else 2 n
    multistep           the ordinary equation, second order by memory       n
    ode                 the ordinary equation, adaptive RK45                as many as the tolerance needs
    euler_maruyama      the stochastic equation                             n
    ancestral           the chain of exact posteriors                       n
    predictor_corrector the stochastic equation, with Langevin's correction 2 n, or as `Stochastic` says
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import torch
from torch import Tensor

from leap_models.diffusion.denoiser import Counted, Denoise
from leap_models.diffusion.noise import unit_noise
from leap_models.diffusion.ode import TOLERANCE, rk45
from leap_models.diffusion.schedule import Schedule
from leap_models.diffusion.sde import Sde
from leap_models.diffusion.stochastic import Stochastic, predictor_corrector
from leap_models.errors import BadParameter

Sampler = Callable[[Denoise, Schedule, Tensor, Tensor, Callable[[], None]], Tensor]


@dataclass(frozen=True)
class Settings:
    """What only some samplers look at.

    Args:
        seed: of the noise that is added on the way.
        stochastic: of `predictor_corrector`.
        tolerance: of `ode`, relative and absolute.
    """

    seed: int = 0
    stochastic: Stochastic = Stochastic()
    tolerance: float = TOLERANCE


@dataclass(frozen=True)
class Drawn:
    """What a sampler gave, and how many calls of the network it took."""

    x: Tensor
    calls: int


def euler(denoise: Denoise, schedule: Schedule, start: Tensor, times: Tensor, tick: Callable[[], None]) -> Tensor:
    """First order; for rectified flow Euler's method, for the others DDIM with eta 0. One call a step.

    Args:
        denoise: (x_t, t of shape (batch,)) -> x0.
        schedule: the levels that the denoiser was trained on.
        start: x at times[0]: any shape with the batch first, noise as `Sde.prior` makes it if times[0] is 1.
        times: (steps + 1,) falling, to 0 for data without noise.
        tick: called before each step; may raise.
    """
    x = start
    for t, t_next in pairwise(times):
        tick()
        x0 = denoise(x, t.expand(len(x)))
        x = _towards(x, x0, t, t_next, schedule)
    return x


def heun(denoise: Denoise, schedule: Schedule, start: Tensor, times: Tensor, tick: Callable[[], None]) -> Tensor:
    """Second order: each step looks at both its ends, but one that ends at 0. Two calls a step but one for the last."""
    x = start
    for t, t_next in pairwise(times):
        tick()
        x0 = denoise(x, t.expand(len(x)))
        trial = _towards(x, x0, t, t_next, schedule)
        if float(t_next) > 0:
            x0 = 0.5 * (x0 + denoise(trial, t_next.expand(len(x))))
            trial = _towards(x, x0, t, t_next, schedule)
        x = trial
    return x


def multistep(denoise: Denoise, schedule: Schedule, start: Tensor, times: Tensor, tick: Callable[[], None]) -> Tensor:
    """Second order at one call a step: x0 is carried on from the step before. The last step is of first order.

    Source: Lu et al. 2022, DPM-Solver++(2M). Its step is Euler's with x0 + (x0 - x0 before) h / (2 h before), where h
    is the step in the logarithm of alpha / sigma.
    """
    x, before, h_before = start, None, 0.0
    for index, (t, t_next) in enumerate(pairwise(times)):
        tick()
        x0 = denoise(x, t.expand(len(x)))
        h = _log_ratio(t_next, schedule) - _log_ratio(t, schedule)
        ahead = x0
        if before is not None and index < len(times) - 2 and h_before < float("inf"):
            ahead = x0 + (0.5 * h / h_before) * (x0 - before)
        x = _towards(x, ahead, t, t_next, schedule)
        before, h_before = x0, h
    return x


def _log_ratio(t: Tensor, schedule: Schedule) -> float:
    """Logarithm of alpha / sigma: infinite at both ends of some schedules."""
    alpha, sigma = (level(t.double()) for level in (schedule.alpha, schedule.sigma))
    return float((alpha.clamp(min=0.0) / sigma).log())


def _towards(x: Tensor, x0: Tensor, t: Tensor, t_next: Tensor, schedule: Schedule) -> Tensor:
    """x at t_next on the path through x at t that ends in x0."""
    eps = (x - schedule.alpha(t) * x0) / schedule.sigma(t).clamp(min=1e-6)
    return schedule.alpha(t_next) * x0 + schedule.sigma(t_next) * eps


def _stochastic(settings: Settings, how: Stochastic) -> Sampler:
    def sample(
        denoise: Denoise, schedule: Schedule, start: Tensor, times: Tensor, tick: Callable[[], None]
    ) -> Tensor:
        rng = torch.Generator().manual_seed(settings.seed)
        return predictor_corrector(denoise, schedule, start, times, tick, how, rng)

    return sample


_MAKERS: dict[str, Callable[[Settings], Sampler]] = {
    "euler": lambda _settings: euler,
    "heun": lambda _settings: heun,
    "multistep": lambda _settings: multistep,
    "ode": lambda settings: partial(rk45, tolerance=settings.tolerance),
    "euler_maruyama": lambda settings: _stochastic(settings, Stochastic("euler_maruyama", "none")),
    "ancestral": lambda settings: _stochastic(settings, Stochastic("ancestral", "none")),
    "predictor_corrector": lambda settings: _stochastic(settings, settings.stochastic),
}
NAMES = tuple(_MAKERS)
TO_ZERO = frozenset({"euler", "heun", "multistep", "ancestral"})  # the others stop at a time above 0, as `sde.END`


def make(name: str, settings: Settings | None = None) -> Sampler:
    """The sampler of a name.

    Raises:
        BadParameter: no such sampler.
    """
    if name not in _MAKERS:
        raise BadParameter(f"sampler must be one of {', '.join(NAMES)}, got {name!r}")
    return _MAKERS[name](settings or Settings())


def draw(
    name: str, denoise: Denoise, schedule: Schedule, start: Tensor, times: Tensor, settings: Settings | None = None,
    tick: Callable[[], None] = lambda: None,
) -> Drawn:
    """Sample, and count the calls; arguments as in `euler` and `make`.

    Raises:
        BadParameter: no such sampler.
    """
    counted = Counted(denoise)
    return Drawn(make(name, settings)(counted, schedule, start, times, tick), counted.calls)


def prior(shape: tuple[int, ...], seed: int, schedule: Schedule, device: torch.device) -> Tensor:
    """A start code: noise at time 1 that depends on the seed alone, not on the device."""
    return Sde(schedule).prior(gaussian(shape, seed, device))


def gaussian(shape: tuple[int, ...], rng_seed: int, device: torch.device) -> Tensor:
    """Unit noise that depends on the seed alone, not on the device nor on the language: see `noise`."""
    return torch.from_numpy(unit_noise(math.prod(shape), rng_seed)).reshape(shape).to(device)
