"""How likely data are under a diffusion model: the flow's change of volume, by Hutchinson's estimate.

Source: Song et al. 2021, section 4.3 and appendix D.2; Grathwohl et al. 2019.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from leap_models.diffusion.denoiser import Counted, Denoise
from leap_models.diffusion.ode import TOLERANCE, solve
from leap_models.diffusion.schedule import Schedule
from leap_models.diffusion.sde import END, Sde
from leap_models.errors import BadParameter

Probe = Literal["rademacher", "gaussian"]


@dataclass(frozen=True)
class Likelihood:
    """What was found.

    Args:
        log_density: (batch,) nats, of the data with the noise of time `END`.
        code: where the flow led.
        calls: of the network.
    """

    log_density: Tensor
    code: Tensor
    calls: int


def log_likelihood(
    denoise: Denoise, schedule: Schedule, x: Tensor, seed: int, probe: Probe = "rademacher",
    tolerance: float = TOLERANCE,
) -> Likelihood:
    """Follow the flow from data to noise, and how it stretches space on the way.

    Args:
        x: (batch, ...), as continuous as the model's data: see `dequantized`.
        seed: of the one probe for each example; means over seeds come nearer the truth.

    Raises:
        BadParameter: no such probe.
    """
    sde, counted, count = Sde(schedule), Counted(denoise), x.numel()
    direction = _probe(x, seed, probe)

    def slope(t: float, state: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        with torch.enable_grad():
            here = torch.from_numpy(state[:count]).to(x).reshape(x.shape).requires_grad_()
            when = torch.full((len(x),), t, device=x.device)
            flow = sde.flow(here, counted(here, when), when)
            (pulled,) = torch.autograd.grad((flow * direction).sum(), here)
        stretch = (pulled * direction).flatten(1).sum(dim=1)
        parts = [part.detach().cpu().double().numpy().ravel() for part in (flow, stretch)]
        return np.concatenate(parts)

    begin = np.concatenate([x.detach().cpu().double().numpy().ravel(), np.zeros(len(x))])
    end = solve(slope, begin, [END, 1.0], lambda: None, tolerance)
    code = torch.from_numpy(end[:count]).to(x).reshape(x.shape)
    stretched = torch.from_numpy(end[count:]).to(x)
    return Likelihood(sde.prior_log_density(code) + stretched, code, counted.calls)


def bits_per_dim(log_density: Tensor, dims: int, levels: int, span: float) -> Tensor:
    """(batch,) bits for each element of data that had `levels` values spread over a range of `span`."""
    return -log_density / (dims * math.log(2.0)) + math.log2(levels / span)


def dequantized(x: Tensor, levels: int, span: float, rng: torch.Generator) -> Tensor:
    """Data of so many levels over a range, made continuous: each is moved within its own part of the range."""
    return x + (torch.rand(x.shape, generator=rng).to(x) - 0.5) * (span / levels)


def _probe(x: Tensor, seed: int, probe: Probe) -> Tensor:
    rng = torch.Generator().manual_seed(seed)
    if probe == "rademacher":
        return torch.randint(0, 2, x.shape, generator=rng).to(x) * 2.0 - 1.0
    if probe == "gaussian":
        return torch.randn(x.shape, generator=rng).to(x)
    raise BadParameter(f"probe must be rademacher or gaussian, got {probe!r}")
