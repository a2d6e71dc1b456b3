"""Neurons that are on or off, -1 or 1, and yet pass a gradient on.

Forward they decide; backward they are the sigmoid that they decide by, steeper as `slope` grows ("slope annealing").
Source: Bengio et al. 2013, Chung et al. 2016, and BinaryMuseGAN (Dong & Yang 2018). Those that decide by chance can
also be taught by how likely what they did was, which needs no gradient through them.
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

# ruff: noqa: ANN401  (torch's own word for a context)


class _Decide(torch.autograd.Function):
    """-1 or 1: whether the sigmoid is above a threshold; back goes the sigmoid's gradient."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, threshold: Tensor, slope: float) -> Tensor:
        chance = torch.sigmoid(slope * logits)
        ctx.save_for_backward(chance)
        ctx.slope = slope
        return torch.where(chance > threshold, 1.0, -1.0).to(logits.dtype)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        (chance,) = ctx.saved_tensors
        return 2.0 * ctx.slope * grads[0] * chance * (1.0 - chance), None, None


def deterministic(logits: Tensor, slope: float = 1.0) -> Tensor:
    """1 where the logit is above 0, else -1."""
    made: Tensor = _Decide.apply(logits, torch.full_like(logits, 0.5), slope)  # type: ignore[no-untyped-call]
    return made


def stochastic(logits: Tensor, chance: Tensor, slope: float = 1.0) -> Tensor:
    """1 as often as the sigmoid says.

    Args:
        chance: of the same shape, even in 0..1.
    """
    made: Tensor = _Decide.apply(logits, chance, slope)  # type: ignore[no-untyped-call]
    return made


def likelihood(logits: Tensor, made: Tensor, slope: float = 1.0) -> Tensor:
    """(batch,) logarithm of how likely stochastic neurons were to make this of -1 and 1; what is 0 does not count."""
    return torch.where(made == 0, 0.0, functional.logsigmoid(slope * made * logits)).flatten(1).sum(dim=1)
