"""What `continuation.melody_nn` learns: which window of a player comes next, after the piano's."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from leap_models.families.continuation.band_config import BandConfig, Coders, Nexts
from leap_models.families.continuation.next_net import Mixture
from leap_models.families.continuation.windows import BARS
from leap_models.music.players import NAMES, PIANO
from leap_models.training.continuation_bands import Place, Songs
from leap_models.training.continuation_windows import latents_of, spread

WINDOWS = 128  # that are decoded at once
LOWEST_LEVEL, HIGHEST_LEVEL = -4.0, 2.0


@dataclass(frozen=True)
class NextTraining:
    """How the next window is learned.

    Args:
        unknown: share of examples in which the player was silent before.
        noise: on what is seen, in spreads of the data.
        every: of so many stretches of songs one is learned from, where time is short.
    """

    unknown: float = 0.15
    noise: float = 0.1
    every: int = 1


@dataclass(frozen=True, eq=False)
class Steps:
    """Windows that follow each other, as latents along the main axes: (pairs, latent) each.

    Args:
        last: the player's own. piano: the piano's at the time of the next. next: the player's own.
    """

    last: Tensor
    piano: Tensor
    next: Tensor

    def seen(self, player: int, order: Tensor | None = None) -> Tensor:
        """(pairs, inputs, latent) as the network sees it.

        Args:
            order: pairs whose piano is shown instead.
        """
        piano = self.piano if order is None else self.piano[order]
        return self.last[:, None] if player == PIANO else torch.stack([self.last, piano], dim=1)


def steps_of(songs: Songs, coders: Coders) -> dict[int, Steps]:
    """What follows what, for every player who plays two windows in a row."""
    found = {}
    piano = Latents(songs, coders, PIANO)
    for player, places in enumerate(songs.pairs):
        if places:
            later = [replace(at, bar=at.bar + BARS) for at in places]
            own = piano if player == PIANO else Latents(songs, coders, player)
            found[player] = Steps(own.at(places), piano.at(later if player != PIANO else places), own.at(later))
    return found


class Latents:
    """Latents of all windows in which a player plays."""

    def __init__(self, songs: Songs, coders: Coders, player: int) -> None:
        places = songs.places[player]
        self._rows = {place: row for row, place in enumerate(places)}
        self._latents = heard(songs, coders, player, places)

    def at(self, places: list[Place]) -> Tensor:
        """(places, latent)."""
        return self._latents[torch.tensor([self._rows[place] for place in places])]


@torch.no_grad()
def heard(songs: Songs, coders: Coders, player: int, places: list[Place]) -> Tensor:
    """(places, latent) along the main axes."""
    latents = latents_of(songs, coders, player, places).to(coders.middle.device)
    return coders.along_axes(player, latents).cpu()


class NextTask:
    """`melody_nn` of all players at once; see `loop.Task`."""

    def __init__(
        self, config: BandConfig, training: NextTraining, train: dict[int, Steps], held_out: dict[int, Steps]
    ) -> None:
        self.network: nn.Module = Nexts(config)
        self.training, self.train = training, train
        self.held_out = {player: each for player, each in held_out.items() if player in train}

    def batch(self, size: int, rng: np.random.Generator) -> dict[str, Tensor]:
        """Pairs of every player."""
        found = {}
        for player, steps in self.train.items():
            rows = torch.from_numpy(rng.integers(len(steps.next), size=size))
            name, seen = NAMES[player], steps.seen(player)[rows]
            found[name + ".seen"], found[name + ".next"] = seen, steps.next[rows]
        return found

    def loss(self, network: nn.Module, batch: Mapping[str, Tensor], rng: torch.Generator) -> dict[str, Tensor]:
        """Nats of what came next, a number of a latent."""
        nexts = getattr(network, "module", network)
        assert isinstance(nexts, Nexts)
        nats = []
        for player in self.train:
            name = NAMES[player]
            seen, truth = batch[name + ".seen"], batch[name + ".next"]
            known = torch.ones(seen.shape[:2], device=seen.device)
            lost = torch.rand(len(seen), generator=rng, device=seen.device) < self.training.unknown
            known[:, 0] = torch.where(lost, 0.0, 1.0)
            noise = torch.randn(seen.shape, generator=rng, device=seen.device)
            mixture = nexts.net(player)(seen + self.training.noise * noise, known)
            nats.append(mixture.nats(truth).mean() / truth.shape[1])
        return {"loss": torch.stack(nats).mean()}

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Beside copying and the mean, and with another's piano: means over the players."""
        assert isinstance(network, Nexts)
        each = [next_figures(network, player, steps) for player, steps in self.held_out.items()]
        names = {name for figures in each for name in figures}
        return {name: float(np.mean([row[name] for row in each if name in row])) for name in sorted(names)}

    def finished(self, network: Nexts, coders: Coders) -> BandConfig:
        """The sizes with each player's boldness and level, and who is known."""
        bold, levels = [1.0] * len(NAMES), [coders.config.threshold(player) for player in range(len(NAMES))]
        for player, steps in self.held_out.items():
            bold[player] = boldness(network, player, steps)
            levels[player] = level(network, coders, player, steps, bold[player])
        known = tuple(player in self.train for player in range(len(NAMES)))
        return replace(network.config, boldness=tuple(bold), levels=tuple(levels), known=known)


@torch.no_grad()
def asked(network: Nexts, player: int, steps: Steps, order: Tensor | None = None) -> Mixture:
    """What the network says of all pairs."""
    device = next(network.parameters()).device
    seen = steps.seen(player, order).to(device)
    found: Mixture = network.net(player)(seen, torch.ones(seen.shape[:2], device=device))
    return found


@torch.no_grad()
def next_figures(network: Nexts, player: int, steps: Steps) -> dict[str, float]:
    """Squared errors a number: of what is expected, of copying, of the mean; and nats, and those with another piano."""
    mixture = asked(network, player, steps)
    truth = steps.next.to(mixture.means.device)
    figures = {
        "error": float(((mixture.mean - truth) ** 2).mean()),
        "error_copy": float(((steps.last - steps.next) ** 2).mean()),
        "error_mean": float((steps.next**2).mean()),
        "nats": float(mixture.nats(truth).mean()) / truth.shape[1],
    }
    if player != PIANO:
        order = torch.from_numpy(np.random.default_rng(0).permutation(len(steps.next)))
        other = asked(network, player, steps, order)
        figures["error_shuffled"] = float(((other.mean - truth) ** 2).mean())
        figures["nats_shuffled"] = float(other.nats(truth).mean()) / truth.shape[1]
    return figures


@torch.no_grad()
def drawn_after(network: Nexts, player: int, steps: Steps, temperature: float) -> Tensor:
    """(pairs, latent) what chance draws after all first windows."""
    mixture, rng = asked(network, player, steps), torch.Generator().manual_seed(0)
    device = mixture.means.device
    chance, noise = torch.rand(len(steps.next), generator=rng), torch.randn(steps.next.shape, generator=rng)
    return mixture.draw(temperature, chance.to(device), noise.to(device)).cpu()


def moves(network: Nexts, player: int, steps: Steps, temperature: float) -> float:
    """How far drawn windows are from those before, as a share of how far the data's are."""
    drawn = drawn_after(network, player, steps, temperature)
    return float((drawn - steps.last).norm(dim=1).mean() / (steps.next - steps.last).norm(dim=1).mean())


@torch.no_grad()
def level(network: Nexts, coders: Coders, player: int, steps: Steps, temperature: float) -> float:
    """The threshold above which drawn windows hold as many notes as the data's, as their own coder hears those."""
    few = Steps(*(each[: 2 * WINDOWS] for each in (steps.last, steps.piano, steps.next)))
    drawn = drawn_after(network, player, few, temperature).to(coders.middle.device)
    said, truth = (coders.decode(player, each)[:, 1] for each in (drawn, few.next.to(drawn.device)))
    count = int((truth > coders.config.threshold(player)).sum())
    return round(float(said.flatten().topk(max(1, count)).values[-1].clamp(LOWEST_LEVEL, HIGHEST_LEVEL)), 3)


@torch.no_grad()
def wandering(network: Nexts, steps: dict[int, Steps], windows: int = 16, count: int = 64) -> dict[int, float]:
    """The same of music that goes on for so many windows, each drawn after the one that was drawn before."""
    rng, pianist = torch.Generator().manual_seed(0), steps.get(PIANO)
    if pianist is None:
        return {}
    begin = {player: each.last[:count] for player, each in steps.items()}
    rows = min(len(each) for each in begin.values())
    now, far = {player: each[:rows] for player, each in begin.items()}, dict.fromkeys(steps, 0.0)
    for _ in range(windows):
        for player in (PIANO, *(each for each in steps if each != PIANO)):
            seen = now[player][:, None] if player == PIANO else torch.stack([now[player], now[PIANO]], dim=1)
            mixture = network.net(player)(seen, torch.ones(seen.shape[:2]))
            bold = network.config.boldness[player] if network.config.boldness else 1.0
            chance, noise = torch.rand(rows, generator=rng), torch.randn(now[player].shape, generator=rng)
            drawn = mixture.draw(bold, chance, noise)
            far[player] += float((drawn - now[player]).norm(dim=1).mean()) / windows
            now[player] = drawn
    return {player: far[player] / float((each.next - each.last).norm(dim=1).mean()) for player, each in steps.items()}


def boldness(network: Nexts, player: int, steps: Steps) -> float:
    """The temperature at which windows change as much as the data's."""
    low, high = 0.0, 2.0
    for _ in range(12):
        middle = (low + high) / 2
        low, high = (middle, high) if moves(network, player, steps, middle) < 1.0 else (low, middle)
    return round((low + high) / 2, 3)


def begins(songs: Songs, coders: Coders, count: int = 64) -> Tensor:
    """(count, 5, latent) windows in which the piano plays; NaN for who is silent."""
    found = torch.full((count, len(NAMES), coders.config.coder.latent), float("nan"))
    places = spread(songs.places[PIANO], count)
    for player in range(len(NAMES)):
        there = set(songs.places[player])
        rows = [row for row, at in enumerate(places) if at in there]
        if rows:
            found[torch.tensor(rows), player] = heard(songs, coders, player, [places[row] for row in rows])
    return found[: len(places)]
