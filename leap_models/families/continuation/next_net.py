"""The networks of `melody_nn`: what the next window's latent may be, as a mixture of Gaussians.

The piano's is asked after its own last window; every other player's after that player's last window and the piano's
next. Latents come in and go out in spreads of the data.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

LEAST_LOG, MOST_LOG = -4.0, 2.0  # of a Gaussian's spread


@dataclass(frozen=True)
class NextConfig:
    """Sizes.

    Args:
        latent: numbers of a latent.
        inputs: latents that are seen.
        width, layers: of the body.
        mixture: Gaussians.
    """

    latent: int = 128
    inputs: int = 1
    width: int = 96
    layers: int = 4
    dropout: float = 0.1
    mixture: int = 2


@dataclass(frozen=True, eq=False)
class Mixture:
    """A distribution of latents.

    Args:
        shares: (batch, mixture) log probabilities.
        means, log_spreads: (batch, mixture, latent).
    """

    shares: Tensor
    means: Tensor
    log_spreads: Tensor

    @property
    def mean(self) -> Tensor:
        """(batch, latent) what is expected."""
        return (self.shares.exp()[..., None] * self.means).sum(dim=1)

    def nats(self, truth: Tensor) -> Tensor:
        """(batch,) negative log density of latents (batch, latent)."""
        apart = (truth[:, None] - self.means) * (-self.log_spreads).exp()
        each = -0.5 * apart**2 - self.log_spreads - 0.5 * math.log(2.0 * math.pi)
        return -torch.logsumexp(self.shares + each.sum(dim=-1), dim=1)

    def draw(self, temperature: float, chance: Tensor, noise: Tensor) -> Tensor:
        """(batch, latent) by chance (batch,) in 0..1 and noise (batch, latent)."""
        chosen = (self.shares.exp().cumsum(dim=1) < chance[:, None] * (1 - 1e-6)).sum(dim=1)
        rows = torch.arange(len(chosen), device=chosen.device)
        return self.means[rows, chosen] + temperature * noise * self.log_spreads[rows, chosen].exp()


class NextNet(nn.Module):
    """Latents (batch, inputs, latent), the first of them the own last one -> a Mixture of the next."""

    def __init__(self, config: NextConfig) -> None:
        super().__init__()
        self.config = config
        sizes = [config.inputs * (config.latent + 1), *[config.width] * config.layers]
        self.body = nn.ModuleList(nn.Linear(sizes[at], sizes[at + 1]) for at in range(config.layers))
        self.drop = nn.Dropout(config.dropout)
        self.stay = nn.Parameter(torch.full((config.latent,), 0.5))  # how much of the own last one stays
        self.out = nn.Linear(config.width, config.mixture * (1 + 2 * config.latent))

    def forward(self, latents: Tensor, known: Tensor) -> Mixture:
        """Ask.

        Args:
            known: (batch, inputs) 0 where somebody was silent, whose latent does not count.
        """
        seen = latents * known[..., None]
        x = torch.cat([seen.flatten(1), known], dim=1)
        for layer in self.body:
            x = self.drop(functional.relu(layer(x)))
        size, count = self.config.latent, self.config.mixture
        said = self.out(x).reshape(len(x), count, 1 + 2 * size)
        means = said[..., 1 : 1 + size] + (self.stay * seen[:, 0])[:, None]
        spreads = LEAST_LOG + (MOST_LOG - LEAST_LOG) * torch.sigmoid(said[..., 1 + size :])
        return Mixture(functional.log_softmax(said[..., 0], dim=1), means, spreads)
