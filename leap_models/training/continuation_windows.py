"""What `continuation.window_ae` learns: windows of each player as latents."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from leap_models.families.continuation.band_config import Coders, CodersConfig
from leap_models.families.continuation.rolls import f1
from leap_models.families.continuation.windows import COARSE_AT, FINE_AT, STEPS, notes_of
from leap_models.music.keys import MOVES
from leap_models.music.notes import PITCHES
from leap_models.music.players import DRUMS, NAMES
from leap_models.training.continuation_bands import SHAPE, Place, Songs
from leap_models.training.continuation_latents import roll_nats

CHUNK = 256
KEY = ".key"  # behind a player's name
LEVELS = (-1.5, -1.0, -0.5, 0.0, 0.5, 1.0)


@dataclass(frozen=True)
class WindowTraining:
    """How windows are learned.

    Args:
        noise: on latents, in spreads, so that what lies near decodes alike.
        size: what the square of a latent's numbers costs.
        held_out: windows of each player that are looked at.
    """

    noise: float = 0.1
    size: float = 0.01
    held_out: int = 96


class WindowTask:
    """`window_ae` of all players at once; see `loop.Task`."""

    def __init__(self, config: CodersConfig, training: WindowTraining, train: Songs, held_out: Songs) -> None:
        self.network: nn.Module = Coders(config)
        self.training, self.train = training, train
        self.held_out = {
            player: drawn(held_out, player, spread(places, training.held_out))
            for player, places in enumerate(held_out.places) if places
        }

    def batch(self, size: int, rng: np.random.Generator) -> dict[str, Tensor]:
        """Cells of every player, (size, steps, pitches), and the semitones by which they are moved."""
        found = {}
        for player, places in enumerate(self.train.places):
            if places:
                chosen = [places[int(each)] for each in rng.integers(len(places), size=size)]
                cells = np.stack([self.train.stretches[at.stretch].window(player, at.bar) for at in chosen])
                found[NAMES[player]] = torch.from_numpy(cells)
                key = int(rng.choice(MOVES)) if player != DRUMS else 0
                found[NAMES[player] + KEY] = torch.tensor(key)
        return found

    def loss(self, network: nn.Module, batch: Mapping[str, Tensor], rng: torch.Generator) -> dict[str, Tensor]:
        """What is not said again."""
        coders = getattr(network, "module", network)
        assert isinstance(coders, Coders)
        costs = []
        for name in (each for each in NAMES if each in batch):
            rolls = rolls_of(batch[name], SHAPE.lowest + int(batch[name + KEY]))
            coder = coders.coder(NAMES.index(name))
            latents = coder.encode(rolls)[0]
            noise = torch.randn(latents.shape, generator=rng, device=latents.device)
            nats = roll_nats(coder.decode(latents + self.training.noise * noise), rolls).mean()
            costs.append(nats + self.training.size * (latents**2).sum(dim=1).mean())
        return {"loss": torch.stack(costs).sum()}

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Note F1 of windows never trained on."""
        assert isinstance(network, Coders)
        return {f"f1_{NAMES[player]}": f1_at(network, player, rolls, network.coder(player).config.threshold)
                for player, rolls in self.held_out.items()}  # fmt: skip

    def finished(self, network: Coders) -> CodersConfig:
        """The sizes with each player's best threshold; the middle and the spread of latents go into the network."""
        device = network.middle.device
        for player, places in enumerate(self.train.places):
            if places:
                rolls = drawn(self.train, player, spread(places, 4 * CHUNK)).to(device)
                with torch.no_grad():
                    latents = torch.cat([network.coder(player).encode(part)[0] for part in torch.split(rolls, CHUNK)])
                network.middle[player] = latents.mean(dim=0)
                network.spread[player] = latents.std(dim=0).clamp(min=1e-3)
        levels = [0.0] * len(NAMES)
        for player, held in self.held_out.items():
            levels[player] = max(LEVELS, key=lambda level: f1_at(network, player, held, level))
        return replace(network.config, thresholds=tuple(levels))


@torch.no_grad()
def f1_at(coders: Coders, player: int, rolls: Tensor, threshold: float) -> float:
    """Mean note F1 of windows and what comes back of them."""
    device = coders.middle.device
    coder = coders.coder(player)
    said = [coder.decode(coder.encode(part.to(device))[0]) for part in torch.split(rolls, CHUNK)]
    pairs = zip(rolls.numpy(), torch.cat(said).cpu().numpy(), strict=True)
    return float(np.mean([f1(notes_of(truth, 0.5), notes_of(made, threshold)) for truth, made in pairs]))


def rolls_of(cells: Tensor, lowest: int) -> Tensor:
    """(batch, 2, STEPS, 128) of cells (batch, coarse steps, pitches), on whatever device: as `of_cells`."""
    whole = functional.pad(cells, (lowest, PITCHES - lowest - cells.shape[2])).float()
    begins = whole * (1.0 - functional.pad(whole, (0, 0, 1, 0))[:, :-1])
    struck = whole.new_zeros(len(whole), STEPS, PITCHES)
    struck[:, torch.from_numpy(FINE_AT[:-1]).to(whole.device)] = begins
    return torch.stack([whole[:, torch.from_numpy(COARSE_AT).to(whole.device)], struck], dim=1)


def spread(places: list[Place], count: int) -> list[Place]:
    """So many of them, evenly over all."""
    return [places[each] for each in np.unique(np.linspace(0, len(places) - 1, min(count, len(places))).astype(int))]


def drawn(songs: Songs, player: int, places: list[Place]) -> Tensor:
    """(windows, 2, steps, 128) as a coder sees them."""
    return torch.from_numpy(np.stack([songs.planes(player, place) for place in places]))
