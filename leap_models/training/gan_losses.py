"""What generators and discriminators are taught by. Scores are higher for what is taken for music: (batch, pairs)."""

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

Kind = Literal["classic", "nonsaturating", "wasserstein", "hinge"]
Critic = Callable[[Tensor], Tensor]  # phrases as scores


def discriminator_loss(kind: Kind, real: Tensor, fake: Tensor) -> Tensor:
    """A scalar, low when real music scores high and made music low.

    Sources: Goodfellow et al. 2014 (classic and non-saturating), Arjovsky et al. 2017, Lim & Ye 2017.
    """
    if kind == "wasserstein":
        return fake.mean() - real.mean()
    if kind == "hinge":
        return functional.relu(1.0 - real).mean() + functional.relu(1.0 + fake).mean()
    return functional.softplus(-real).mean() + functional.softplus(fake).mean()


def generator_losses(kind: Kind, fake: Tensor) -> Tensor:
    """(batch,), low when made music scores high."""
    scores = fake.flatten(1)
    if kind == "classic":
        return -functional.softplus(scores).mean(dim=1)
    if kind == "nonsaturating":
        return functional.softplus(-scores).mean(dim=1)
    return -scores.mean(dim=1)


def reinforced(losses: Tensor, likelihood: Tensor) -> Tensor:
    """A scalar whose gradient is, in the mean, that of the expected loss of what was decided by chance.

    The mean of the other losses is taken off each, which leaves less to chance. Source: Williams 1992 (REINFORCE).

    Args:
        losses: (batch,) of what was made, two at least.
        likelihood: (batch,) its logarithm.
    """
    apart = losses.detach() - losses.detach().mean()
    return (apart * likelihood).sum() / (len(losses) - 1)


def gradient_penalty(critic: Critic, real: Tensor, fake: Tensor, weight: float, rng: torch.Generator) -> Tensor:
    """How far slopes between real and made music are from 1, squared. Source: Gulrajani et al. 2017."""
    share = torch.rand((len(real), *[1] * (real.ndim - 1)), generator=rng, device=real.device, dtype=real.dtype)
    between = torch.lerp(real, fake, share).detach().requires_grad_()
    return weight * (_slopes(critic, between) - 1.0).square().mean()


def r1(critic: Critic, real: Tensor, weight: float) -> Tensor:
    """How steep scores are at real music, squared, and halved. Source: Mescheder et al. 2018."""
    return 0.5 * weight * _slopes(critic, real.detach().requires_grad_()).square().mean()


def _slopes(critic: Critic, at: Tensor) -> Tensor:
    """(batch,) lengths of the gradient of each phrase's mean score."""
    scores = critic(at).reshape(len(at), -1).mean(dim=1)
    (gradient,) = torch.autograd.grad(scores.sum(), at, create_graph=True)
    return gradient.flatten(1).square().sum(dim=1).clamp(min=1e-12).sqrt()
