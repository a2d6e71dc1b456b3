"""What `continuation.window_ae` learns: windows of each player as latents."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from leap_models.families.continuation.band_config import Coders, CodersConfig
from leap_models.families.continuation.rolls import f1
from leap_models.families.continuation.symbols import StepNote
from leap_models.families.continuation.window_coder import LOWEST, SEEN
from leap_models.families.continuation.windows import notes_of
from leap_models.music.players import NAMES
from leap_models.training.continuation_bands import SHAPE, Place, Songs
from leap_models.training.continuation_latents import roll_nats

CHUNK = 256
WINDOWS = 4096  # of each player, that main axes are found in
LEVELS = (-1.5, -1.0, -0.5, 0.0, 0.5, 1.0)


@dataclass(frozen=True)
class WindowTraining:
    """How windows are learned.

    Args:
        noise: on latents, so that what lies near decodes alike.
        size: what the square of a latent's numbers costs.
        struck: how much more it counts what is struck than what sounds.
        shares: of each player of all steps; those whose windows say more learn for longer.
        held_out: windows of each player that are looked at.
    """

    noise: float = 0.05
    size: float = 0.01
    struck: float = 4.0
    shares: tuple[float, ...] = (0.16, 0.32, 0.24, 0.1, 0.18)
    held_out: int = 96


class WindowTask:
    """`window_ae` of all players, one at each step; see `loop.Task`."""

    def __init__(self, config: CodersConfig, training: WindowTraining, train: Songs, held_out: Songs) -> None:
        self.network: nn.Module = Coders(config)
        self.training, self.train = training, train
        self.held_out = {
            player: drawn(held_out, player, spread(places, training.held_out))
            for player, places in enumerate(held_out.places) if places
        }
        shares = np.where([len(places) > 0 for places in train.places], training.shares, 0.0)
        self._shares = shares / shares.sum()

    def batch(self, size: int, rng: np.random.Generator) -> dict[str, Tensor]:
        """Cells of one player, (size, coarse steps, SEEN), and who he is."""
        player = int(rng.choice(len(NAMES), p=self._shares))
        places = self.train.places[player]
        chosen = [places[int(each)] for each in rng.integers(len(places), size=size)]
        cells = np.stack([self.train.stretches[at.stretch].window(player, at.bar) for at in chosen])
        return {"cells": as_seen(torch.from_numpy(cells)), "player": torch.tensor(player)}

    def loss(self, network: nn.Module, batch: Mapping[str, Tensor], rng: torch.Generator) -> dict[str, Tensor]:
        """What is not said again."""
        coders = getattr(network, "module", network)
        assert isinstance(coders, Coders)
        coder, planes = coders.coder(int(batch["player"])), planes_of(batch["cells"])
        latents = coder.encode_coarse(planes).float()
        noise = torch.randn(latents.shape, generator=rng, device=latents.device)
        said = coder.decode_coarse(latents + self.training.noise * noise)
        nats = roll_nats(said, planes, self.training.struck).mean()
        return {"loss": nats + self.training.size * (latents**2).sum(dim=1).mean()}

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Note F1 of windows never trained on."""
        assert isinstance(network, Coders)
        return {f"f1_{NAMES[player]}": f1_at(network, player, rolls, network.config.threshold(player))
                for player, rolls in self.held_out.items()}  # fmt: skip

    def finished(self, network: Coders) -> CodersConfig:
        """The sizes with each player's best threshold; the main axes of latents go into the network."""
        for player, places in enumerate(self.train.places):
            if places:
                chosen = spread(places, WINDOWS)
                network.learn_axes(player, latents_of(self.train, network, player, chosen))
        levels = [0.0] * len(NAMES)
        for player, held in self.held_out.items():
            heard = Heard.of(network, player, held)
            levels[player] = max(LEVELS, key=heard.f1)
        return replace(network.config, thresholds=tuple(levels))


@dataclass(frozen=True, eq=False)
class Heard:
    """Windows, and what comes back of them: logits (windows, 2, steps, 128)."""

    truth: list[list[StepNote]]
    said: np.ndarray

    @classmethod
    @torch.no_grad()
    def of(cls, coders: Coders, player: int, rolls: Tensor) -> "Heard":
        """Of rolls (windows, 2, steps, 128)."""
        coder, device = coders.coder(player), coders.middle.device
        said = [coder.decode(coder.encode(part.to(device))) for part in torch.split(rolls, CHUNK)]
        return cls([notes_of(each, 0.5) for each in rolls.numpy()], torch.cat(said).cpu().numpy())

    def f1(self, threshold: float) -> float:
        """Mean note F1."""
        pairs = zip(self.truth, self.said, strict=True)
        return float(np.mean([f1(truth, notes_of(made, threshold)) for truth, made in pairs]))


def f1_at(coders: Coders, player: int, rolls: Tensor, threshold: float) -> float:
    """Mean note F1 of windows and what comes back of them."""
    return Heard.of(coders, player, rolls).f1(threshold)


@torch.no_grad()
def latents_of(songs: Songs, coders: Coders, player: int, places: list[Place]) -> Tensor:
    """(places, latent) as the coder says them."""
    device, parts = coders.middle.device, [torch.zeros(0, coders.config.coder.latent)]
    for at in range(0, len(places), CHUNK):
        cells = np.stack([songs.stretches[each.stretch].window(player, each.bar) for each in places[at : at + CHUNK]])
        planes = planes_of(as_seen(torch.from_numpy(cells)).to(device))
        parts.append(coders.coder(player).encode_coarse(planes).float().cpu())
    return torch.cat(parts)


def as_seen(cells: Tensor) -> Tensor:
    """(batch, coarse steps, SEEN) of cells (batch, coarse steps, pitches) from a song."""
    below = SHAPE.lowest - LOWEST
    return functional.pad(cells, (below, SEEN - below - cells.shape[2]))


def planes_of(cells: Tensor) -> Tensor:
    """(batch, 2, coarse steps, pitches): what sounds, and what is struck; as `of_cells`, on whatever device."""
    whole = cells.float()
    return torch.stack([whole, whole * (1.0 - functional.pad(whole, (0, 0, 1, 0))[:, :-1])], dim=1)


def spread(places: list[Place], count: int) -> list[Place]:
    """So many of them, evenly over all."""
    return [places[each] for each in np.unique(np.linspace(0, len(places) - 1, min(count, len(places))).astype(int))]


def drawn(songs: Songs, player: int, places: list[Place]) -> Tensor:
    """(windows, 2, steps, 128) as a coder sees them."""
    return torch.from_numpy(np.stack([songs.planes(player, place) for place in places]))
