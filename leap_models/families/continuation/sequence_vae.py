"""The network of `lstm_vae`: four bars of a melody as one latent, and back, symbol by symbol.

The decoder sees the latent and its own past; in training words of the past are dropped, so that it needs the latent.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from leap_models.families.continuation.latents import Sliders
from leap_models.families.continuation.symbols import PLACES, VOCABULARY

UNKNOWN = VOCABULARY  # a dropped word


@dataclass(frozen=True)
class SequenceVaeConfig:
    """Sizes, and what training found out.

    Args:
        steps: sixteenths of a passage.
        latent: numbers of a latent.
        one_key: all music is moved to C major or A minor before the network hears it, and back afterwards.
    """

    steps: int = 64
    latent: int = 32
    embedding: int = 48
    encoder: int = 96
    decoder: int = 192
    dropout: float = 0.1
    one_key: bool = False
    sliders: Sliders = Sliders()


class SequenceVae(nn.Module):
    """Passages (batch, steps) of symbols <-> latents (batch, latent)."""

    def __init__(self, config: SequenceVaeConfig) -> None:
        super().__init__()
        self.config = config
        self.symbols, self.place = nn.Embedding(VOCABULARY + 1, config.embedding), nn.Embedding(PLACES, 16)
        width = config.embedding + 16
        self.encoder = nn.LSTM(width, config.encoder, 2, batch_first=True, bidirectional=True, dropout=config.dropout)
        self.parameters_of = nn.Linear(4 * config.encoder, 2 * config.latent)
        self.begin = nn.Linear(config.latent, config.decoder)
        self.decoder = nn.GRU(width + config.latent, config.decoder, batch_first=True)
        self.drop = nn.Dropout(config.dropout)
        self.out = nn.Linear(config.decoder, VOCABULARY)

    def encode(self, symbols: Tensor, place: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance, (batch, latent) each, of passages and places (batch, steps)."""
        seen = torch.cat([self.symbols(symbols), self.place(place)], dim=-1)
        _made, (hidden, _cell) = self.encoder(seen)
        mean, log_variance = self.parameters_of(hidden.transpose(0, 1).flatten(1)).chunk(2, dim=-1)
        return mean, log_variance.clamp(-8.0, 4.0)

    def decode(self, latent: Tensor, before: Tensor, place: Tensor) -> Tensor:
        """(batch, steps, VOCABULARY) logits, given the symbols before each (batch, steps)."""
        logits, _hidden = self.step(latent, before, place, self.begun(latent))
        return logits

    def begun(self, latent: Tensor) -> Tensor:
        """(1, batch, decoder) what the decoder remembers before its first symbol."""
        return torch.tanh(self.begin(latent))[None]

    def step(self, latent: Tensor, before: Tensor, place: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """Logits as of `decode`, and what it remembers behind them."""
        told = latent[:, None].expand(-1, before.shape[1], -1)
        made, hidden = self.decoder(torch.cat([self.symbols(before), self.place(place), told], dim=-1), hidden)
        logits: Tensor = self.out(self.drop(made))
        return logits, hidden


def drawn(mean: Tensor, log_variance: Tensor, rng: torch.Generator) -> Tensor:
    """A latent of each distribution, by chance."""
    noise = torch.randn(mean.shape, generator=rng, device=mean.device)
    return mean + noise * (0.5 * log_variance).exp()


def divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """(batch, latent) nats that each number says."""
    return 0.5 * (mean**2 + log_variance.exp() - 1.0 - log_variance)
