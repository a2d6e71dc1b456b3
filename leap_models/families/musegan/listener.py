"""A listener: what latents a generator may play a phrase from, or a phrase of which one part alone is heard."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from leap_models.families.musegan.config import MuseGanConfig, discriminator
from leap_models.families.musegan.layers import Dense

FARTHEST = 4.0  # from 0 a latent's mean may be, so that no step of learning throws it out of reach


@dataclass(frozen=True, eq=False)
class Heard:
    """A phrase as normal distributions of its latents, (batch, size) each."""

    mean: Tensor
    spread: Tensor  # logarithm of the variance

    def draw(self, noise: torch.Generator) -> Tensor:
        """Latents that it may be."""
        chance = torch.randn(self.mean.shape, generator=noise, device=self.mean.device)
        return self.mean + torch.exp(0.5 * self.spread) * chance

    def told(self) -> Tensor:
        """(batch,) nats that it says more than chance alone would."""
        return 0.5 * (self.mean.square() + self.spread.exp() - 1.0 - self.spread).sum(dim=1)

    def beyond(self, other: "Heard") -> Tensor:
        """(batch,) nats that it says more than another does."""
        apart = (self.mean - other.mean).square() + self.spread.exp()
        return 0.5 * (apart / other.spread.exp() - 1.0 + other.spread - self.spread).sum(dim=1)


class Listener(nn.Module):
    """Phrases (batch, bars, steps, pitches, tracks) as latents; it looks as a discriminator does."""

    def __init__(self, sizes: MuseGanConfig) -> None:
        super().__init__()
        self.eyes = discriminator(sizes)
        pairs, size = sizes.shape.bars - self.eyes.pair + 1, sizes.latents.size(sizes.shape)
        self.out = Dense(pairs * sizes.discriminator.merged, 2 * size)
        self.straight: Tensor
        self.register_buffer("straight", torch.eye(size))

    def forward(self, x: Tensor) -> Heard:
        mean, spread = self.out(self.eyes.features(x).reshape(1, len(x), -1))[0].chunk(2, dim=1)
        return Heard(FARTHEST * torch.tanh(mean / FARTHEST), spread.clamp(-10.0, 1.0))

    def latents(self, heard: Heard, noise: torch.Generator) -> Tensor:
        """Latents as the generator takes them."""
        return heard.draw(noise) @ self.straight
