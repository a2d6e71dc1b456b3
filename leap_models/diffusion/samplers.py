"""From noise to data with few calls of a denoiser. Every sampler has one signature; `tick` is called once a step."""

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor

from leap_models.diffusion.denoiser import Denoise
from leap_models.diffusion.schedule import Schedule
from leap_models.errors import BadParameter

Sampler = Callable[[Denoise, Schedule, Tensor, Tensor, Callable[[], None]], Tensor]


def euler(denoise: Denoise, schedule: Schedule, noise: Tensor, times: Tensor, tick: Callable[[], None]) -> Tensor:
    """First order; for rectified flow Euler's method, for the others DDIM with eta 0. One call a step.

    Args:
        denoise: (x_t, t of shape (batch,)) -> x0.
        schedule: the levels that the denoiser was trained on.
        noise: unit Gaussian, any shape with the batch first.
        times: (steps + 1,) falling to 0.
        tick: called before each step; may raise.
    """
    x = noise
    for t, t_next in pairwise(times):
        tick()
        x0 = denoise(x, t.expand(len(x)))
        x = _towards(x, x0, t, t_next, schedule)
    return x


def heun(denoise: Denoise, schedule: Schedule, noise: Tensor, times: Tensor, tick: Callable[[], None]) -> Tensor:
    """Second order: each step looks at both its ends; the last is Euler's. Two calls a step but one for the last."""
    x = noise
    for t, t_next in pairwise(times):
        tick()
        x0 = denoise(x, t.expand(len(x)))
        trial = _towards(x, x0, t, t_next, schedule)
        if float(t_next) > 0:
            x0 = 0.5 * (x0 + denoise(trial, t_next.expand(len(x))))
            trial = _towards(x, x0, t, t_next, schedule)
        x = trial
    return x


def _towards(x: Tensor, x0: Tensor, t: Tensor, t_next: Tensor, schedule: Schedule) -> Tensor:
    """x at t_next on the path through x at t that ends in x0."""
    eps = (x - schedule.alpha(t) * x0) / schedule.sigma(t).clamp(min=1e-6)
    return schedule.alpha(t_next) * x0 + schedule.sigma(t_next) * eps


def make(name: str) -> Sampler:
    """The sampler of a name.

    Raises:
        BadParameter: no such sampler.
    """
    samplers: dict[str, Sampler] = {"euler": euler, "heun": heun}
    if name not in samplers:
        raise BadParameter(f"sampler must be one of {', '.join(samplers)}, got {name!r}")
    return samplers[name]


def gaussian(shape: tuple[int, ...], rng_seed: int, device: torch.device) -> Tensor:
    """Unit noise that depends on the seed alone, not on the device."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(rng_seed)).to(device)
