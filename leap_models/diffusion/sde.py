"""Any schedule as the stochastic differential equation that makes its noise: dx = f(t) x dt + g(t) dw.

Both follow from the levels: f = alpha' / alpha and g^2 = 2 sigma (sigma' - f sigma). So VE, VP, sub-VP and the
schedules of other papers have one interface, and what samples one samples all. Source: Song et al. 2021, section 3 and
appendix B.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from leap_models.diffusion.denoiser import column, score
from leap_models.diffusion.schedule import Schedule

END = 1e-3  # how near to clean data the equations are followed, unless told otherwise


@dataclass(frozen=True)
class Marginal:
    """x_t given x0: a Gaussian with this mean, and this standard deviation in every element."""

    mean: Tensor
    std: Tensor


@dataclass(frozen=True)
class Sde:
    """See the module. Times are of shape (batch,), x of any shape with the batch first."""

    schedule: Schedule

    def drift(self, x: Tensor, t: Tensor) -> Tensor:
        """f(t) x."""
        return self._rate(column(t, x)) * x

    def diffusion(self, t: Tensor) -> Tensor:
        """g(t), of the shape of t."""
        sigma, slope = self.schedule.sigma(t), self.schedule.slopes(t)[1]
        return (2.0 * sigma * (slope - self._rate(t) * sigma)).clamp(min=0.0).sqrt()

    def marginal(self, x0: Tensor, t: Tensor) -> Marginal:
        """What x0 has become at t."""
        times = column(t, x0)
        return Marginal(self.schedule.alpha(times) * x0, self.schedule.sigma(times))

    def prior(self, noise: Tensor) -> Tensor:
        """Where sampling starts, from unit noise."""
        return noise * self.schedule.sigma(torch.ones((), device=noise.device))

    def prior_log_density(self, x: Tensor) -> Tensor:
        """(batch,) of x under the prior, in nats."""
        sigma = self.schedule.sigma(torch.ones(()))
        count = x[0].numel()
        squares = (x / sigma).flatten(1).square().sum(dim=1)
        return -0.5 * squares - count * (0.5 * math.log(2.0 * math.pi) + float(sigma.log()))

    def reverse_drift(self, x: Tensor, x0: Tensor, t: Tensor) -> Tensor:
        """The drift of the equation that runs from noise to data, for x whose expected clean signal is x0."""
        return self.drift(x, t) - column(self.diffusion(t), x).square() * score(x, x0, t, self.schedule)

    def flow(self, x: Tensor, x0: Tensor, t: Tensor) -> Tensor:
        """dx/dt of the ordinary equation with the same marginals: f x - g^2 score / 2, without its poles."""
        times = column(t, x)
        slope_alpha, slope_sigma = self.schedule.slopes(times)
        eps = (x - self.schedule.alpha(times) * x0) / self.schedule.sigma(times).clamp(min=1e-6)
        return slope_alpha * x0 + slope_sigma * eps

    def _rate(self, t: Tensor) -> Tensor:
        return self.schedule.slopes(t)[0] / self.schedule.alpha(t).clamp(min=1e-6)
