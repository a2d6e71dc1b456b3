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
        levels: of each player: the threshold above which windows that chance drew hold as many notes as the data's;
            () is the coder's.
        known: who has weights; a player who never played in the data has none.
    """

    coders: CodersConfig = CodersConfig()
    next: NextConfig = NextConfig()
    boldness: tuple[float, ...] = ()
    levels: tuple[float, ...] = ()
    known: tuple[bool, ...] = ()

    def of(self, player: int) -> NextConfig:
        """One player's: the others see the piano too."""
        return replace(self.next, latent=self.coders.coder.latent, inputs=1 if player == PIANO else 2)

    def threshold(self, player: int, drawn: bool) -> float:
        """The logit above which a cell of a player sounds, in a window that was heard or one that chance drew."""
        return self.levels[player] if drawn and self.levels else self.coders.threshold(player)

    def knows(self, player: int) -> bool:
        """Whether a player can play."""
        return not self.known or self.known[player]


class Coders(nn.Module):
    """A window coder for each player, and the middle, the main axes and the spread of what each says."""

    middle: Tensor
    axes: Tensor
    spread: Tensor

    def __init__(self, config: CodersConfig) -> None:
        super().__init__()
        self.config = config
        self.players = nn.ModuleDict({name: WindowCoder(config.coder) for name in NAMES})
        count, size = len(NAMES), config.coder.latent
        self.register_buffer("middle", torch.zeros(count, size))
        self.register_buffer("axes", torch.eye(size).repeat(count, 1, 1))  # columns
        self.register_buffer("spread", torch.ones(count))

    def coder(self, player: int) -> WindowCoder:
        """One player's."""
        found = self.players[NAMES[player]]
        assert isinstance(found, WindowCoder)
        return found

    def learn_axes(self, player: int, latents: Tensor) -> None:
        """From what a player's coder says of the data, (windows, latent)."""
        own = latents.to(self.middle.device)
        self.middle[player] = own.mean(dim=0)
        squares, axes = torch.linalg.eigh(torch.cov(own.T))
        self.axes[player] = axes.flip(1)  # the widest first
        self.spread[player] = squares.mean().sqrt()

    def along_axes(self, player: int, latents: Tensor) -> Tensor:
        """What a coder says (batch, latent), along its main axes and in spreads of the data."""
        turned: Tensor = (latents - self.middle[player]) @ self.axes[player] / self.spread[player]
        return turned

    def encode(self, player: int, rolls: Tensor) -> Tensor:
        """(batch, latent) along the main axes, of rolls (batch, 2, STEPS, 128)."""
        return self.along_axes(player, self.coder(player).encode(rolls))

    def decode(self, player: int, latents: Tensor) -> Tensor:
        """The inverse: logits (batch, 2, STEPS, 128)."""
        return self.coder(player).decode(latents * self.spread[player] @ self.axes[player].T + self.middle[player])


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
