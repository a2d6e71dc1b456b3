"""What rebuilds a band: a window coder and a network of the next window for each of five players."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from leap_models.families.continuation.next_net import NextConfig, NextNet
from leap_models.families.continuation.window_coder import WindowCoder, WindowCoderConfig
from leap_models.music.players import NAMES, PIANO


@dataclass(frozen=True)
class CodersConfig:
    """What rebuilds the coders of `window_ae`.

    Args:
        coder: sizes, the same for all.
        thresholds: of each player, the logit above which a cell sounds, or is struck; () is 0.
    """

    coder: WindowCoderConfig = WindowCoderConfig()
    thresholds: tuple[float, ...] = ()

    def threshold(self, player: int) -> float:
        """One player's."""
        return self.thresholds[player] if self.thresholds else 0.0


@dataclass(frozen=True)
class BandConfig:
    """What rebuilds a band.

    Args:
        boldness: of each player: the temperature at which windows change as much as in the data; () is 1.
        known: who has weights; a player who never played in the data has none.
    """

    coders: CodersConfig = CodersConfig()
    next: NextConfig = NextConfig()
    boldness: tuple[float, ...] = ()
    known: tuple[bool, ...] = ()

    def of(self, player: int) -> NextConfig:
        """One player's: the others see the piano too."""
        return replace(self.next, latent=self.coders.coder.latent, inputs=1 if player == PIANO else 2)

    def knows(self, player: int) -> bool:
        """Whether a player can play."""
        return not self.known or self.known[player]


class Coders(nn.Module):
    """A window coder for each player, and the middle and the spread of what each says."""

    middle: Tensor
    spread: Tensor

    def __init__(self, config: CodersConfig) -> None:
        super().__init__()
        self.config = config
        self.players = nn.ModuleDict({name: WindowCoder(config.coder) for name in NAMES})
        self.register_buffer("middle", torch.zeros(len(NAMES), config.coder.latent))
        self.register_buffer("spread", torch.ones(len(NAMES), config.coder.latent))

    def coder(self, player: int) -> WindowCoder:
        """One player's."""
        found = self.players[NAMES[player]]
        assert isinstance(found, WindowCoder)
        return found

    def encode(self, player: int, rolls: Tensor) -> Tensor:
        """(batch, latent), in spreads of the data, of rolls (batch, 2, STEPS, 128)."""
        latents: Tensor = (self.coder(player).encode(rolls) - self.middle[player]) / self.spread[player]
        return latents

    def decode(self, player: int, latents: Tensor) -> Tensor:
        """The inverse: logits (batch, 2, STEPS, 128)."""
        return self.coder(player).decode(latents * self.spread[player] + self.middle[player])


class Nexts(nn.Module):
    """A network of the next window for each player."""

    def __init__(self, config: BandConfig) -> None:
        super().__init__()
        self.config = config
        self.players = nn.ModuleDict({name: NextNet(config.of(player)) for player, name in enumerate(NAMES)})

    def net(self, player: int) -> NextNet:
        """One player's."""
        found = self.players[NAMES[player]]
        assert isinstance(found, NextNet)
        return found
