"""What the latent models of `continuation` learn, from four bars of Bach's chorales at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from leap_models.families.continuation.latent_composing import cut
from leap_models.families.continuation.latents import active_units, learn_sliders
from leap_models.families.continuation.roll_coder import RollCoder, RollCoderConfig
from leap_models.families.continuation.rolls import draw, f1, read
from leap_models.families.continuation.sequence_vae import (
    UNKNOWN,
    SequenceVae,
    SequenceVaeConfig,
    divergence,
    drawn,
)
from leap_models.families.continuation.symbols import (
    END,
    HOLD,
    STEPS_PER_BEAT,
    StepNote,
    Symbols,
    decode,
    places,
    transposed,
)
from leap_models.music.keys import MOVES
from leap_models.training.bach import Chorale

EVERY = 4  # beats from one held-out passage to the next


@dataclass(frozen=True)
class LatentTraining:
    """How latents are learned.

    Args:
        divergence: what a nat of a latent costs in the end.
        anneal_steps: from nothing to that.
        free_nats: of each number of a latent that cost nothing.
        dropped: share of the past that the decoder does not see.
        held_out: passages that are looked at while it learns.
    """

    divergence: float = 0.5
    anneal_steps: int = 1000
    free_nats: float = 0.15
    dropped: float = 0.3
    held_out: int = 128


@dataclass(frozen=True, eq=False)
class Passage:
    """Four bars: (steps, voices), and where they begin."""

    symbols: Symbols
    first: int
    beats_per_bar: int

    @property
    def notes(self) -> list[StepNote]:
        """What is struck in it."""
        return decode(self.symbols)


class Annealed(nn.Module):
    """A network that knows how often it was taught."""

    taught: Tensor

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("taught", torch.zeros((), dtype=torch.int64))


class LatentTask:
    """`lstm_vae` and `conv_vae`; see `loop.Task`.

    Args:
        sizes: of either network; they decide which one it is.
    """

    def __init__(
        self, sizes: SequenceVaeConfig | RollCoderConfig, training: LatentTraining, train: Sequence[Chorale],
        held_out: Sequence[Chorale],
    ) -> None:
        self.sizes, self.training, self.chorales = sizes, training, list(train)
        self.voices = 1 if isinstance(sizes, SequenceVaeConfig) else 4
        self.network: nn.Module = Annealed(build(sizes))
        self.held_out = passages(held_out, sizes.steps, self.voices)[:: 5][: training.held_out]

    def batch(self, size: int, rng: np.random.Generator) -> dict[str, Tensor]:
        """Passages that begin on beats, each in a key that chance decides, unless the network knows one alone."""
        found, moves = [], [0] if self.sizes.one_key else list(MOVES)
        for _ in range(size):
            chorale = self.chorales[int(rng.integers(len(self.chorales)))]
            voices = [int(rng.integers(4))] if self.voices == 1 else list(range(4))
            beats = max(1, (len(chorale.symbols) - self.sizes.steps) // STEPS_PER_BEAT + 1)
            at = int(rng.integers(beats)) * STEPS_PER_BEAT
            found.append(moved(taken(chorale, at, self.sizes.steps, voices), int(rng.choice(moves))))
        return examples(found, self.sizes)

    def loss(self, network: nn.Module, batch: Mapping[str, Tensor], rng: torch.Generator) -> dict[str, Tensor]:
        """What is not said again, and what the latent costs."""
        inner = getattr(network, "module", network)
        assert isinstance(inner, Annealed)
        mean, log_variance = encoded(inner.network, batch)
        latent = drawn(mean, log_variance, rng)
        nats = self._nats(inner.network, latent, batch, rng)
        each = divergence(mean, log_variance).mean(dim=0)
        share = min(1.0, int(inner.taught) / max(1, self.training.anneal_steps))
        cost = self.training.divergence * share * each.clamp(min=self.training.free_nats).sum()
        if network.training:
            inner.taught += 1
        return {"loss": nats + cost, "nats": nats, "divergence": each.sum()}

    def validate(self, network: nn.Module) -> dict[str, float]:
        """On music never trained on: what comes back, what latents say, how many units say something."""
        assert isinstance(network, Annealed)
        return latent_figures(network.network, self.sizes, self.held_out)

    def _nats(self, network: nn.Module, latent: Tensor, batch: Mapping[str, Tensor], rng: torch.Generator) -> Tensor:
        if isinstance(network, RollCoder):
            return roll_nats(network.decode(latent), batch["music"]).mean()
        assert isinstance(network, SequenceVae)
        before = shifted(batch["music"])
        dropped = torch.rand(before.shape, generator=rng, device=before.device) < self.training.dropped
        logits = network.decode(latent, before.masked_fill(dropped, UNKNOWN), batch["place"])
        return functional.cross_entropy(logits.transpose(1, 2), batch["music"], reduction="none").sum(dim=1).mean()

    def finished(self, network: nn.Module) -> SequenceVaeConfig | RollCoderConfig:
        """The sizes with what training found out: sliders, and of rolls the threshold."""
        sizes = self.sizes
        known = [
            taken(chorale, at, sizes.steps, [voice] if self.voices == 1 else list(range(4)))
            for chorale in self.chorales for at in range(0, max(1, len(chorale.symbols) - sizes.steps), 64)
            for voice in range(4 if self.voices == 1 else 1)
        ]  # fmt: skip
        sliders = learn_sliders(middles(network, sizes, known), np.array([qualities(each.notes) for each in known]))
        if isinstance(sizes, RollCoderConfig):
            assert isinstance(network, RollCoder)
            truth = [each.notes for each in self.held_out]
            return replace(sizes, sliders=sliders, threshold=best_threshold(_decoded(network, self.held_out), truth))
        return replace(sizes, sliders=sliders)


def build(sizes: SequenceVaeConfig | RollCoderConfig) -> nn.Module:
    """The network, untrained."""
    return SequenceVae(sizes) if isinstance(sizes, SequenceVaeConfig) else RollCoder(sizes)


def taken(chorale: Chorale, start: int, steps: int, voices: Sequence[int]) -> Passage:
    """A passage of some voices; what is missing is a rest."""
    whole = decode(chorale.symbols[:, list(voices)])
    notes = [note for note in whole if start <= note.start < start + steps]
    first = (chorale.first + start) % (chorale.beats_per_bar * STEPS_PER_BEAT)
    return Passage(cut(notes, start, steps, len(voices)), first, chorale.beats_per_bar)


def moved(passage: Passage, semitones: int) -> Passage:
    """In another key."""
    return replace(passage, symbols=transposed(passage.symbols, semitones))


def passages(chorales: Sequence[Chorale], steps: int, voices: int) -> list[Passage]:
    """Passages of all chorales, a few beats apart."""
    parts = [[voice] for voice in range(4)] if voices == 1 else [list(range(4))]
    return [
        taken(chorale, at, steps, part)
        for chorale in chorales for part in parts
        for at in range(0, max(1, len(chorale.symbols) - steps + 1), EVERY * STEPS_PER_BEAT)
    ]  # fmt: skip


def examples(found: Sequence[Passage], sizes: SequenceVaeConfig | RollCoderConfig) -> dict[str, Tensor]:
    """Passages as a network sees them."""
    if isinstance(sizes, RollCoderConfig):
        return {"music": torch.from_numpy(np.stack([draw(each.notes, sizes.steps) for each in found]))}
    music = np.stack([each.symbols[:, 0] for each in found])
    where = np.stack([places(each.first, sizes.steps, each.beats_per_bar) for each in found])
    return {"music": torch.from_numpy(music), "place": torch.from_numpy(where)}


def encoded(network: nn.Module, batch: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
    """Mean and log variance of each example."""
    if isinstance(network, RollCoder):
        return network.encode(batch["music"])
    assert isinstance(network, SequenceVae)
    return network.encode(batch["music"], batch["place"])


def shifted(music: Tensor) -> Tensor:
    """The symbol before each of (batch, steps)."""
    return torch.cat([torch.full_like(music[:, :1], END), music[:, :-1]], dim=1)


def roll_nats(logits: Tensor, rolls: Tensor, struck: float = 2.0) -> Tensor:
    """(batch,) nats of all cells; those that say what is struck count more."""
    each = functional.binary_cross_entropy_with_logits(logits, rolls, reduction="none").sum(dim=(2, 3))
    return each[:, 0] + struck * each[:, 1]


@torch.no_grad()
def middles(network: nn.Module, sizes: SequenceVaeConfig | RollCoderConfig, found: Sequence[Passage]) -> np.ndarray:
    """(passages, size) means of latents."""
    device = next(network.parameters()).device
    parts = []
    for at in range(0, len(found), 64):
        batch = {name: value.to(device) for name, value in examples(found[at : at + 64], sizes).items()}
        parts.append(encoded(network, batch)[0].double().cpu().numpy())
    return np.concatenate(parts)


def qualities(notes: Sequence[StepNote]) -> tuple[float, float]:
    """Mean pitch, and notes a beat in four bars; what sliders move."""
    pitches = [note.pitch for note in notes]
    return float(np.mean(pitches)) if pitches else 60.0, len(notes) / 16.0


@torch.no_grad()
def latent_figures(
    network: nn.Module, sizes: SequenceVaeConfig | RollCoderConfig, found: Sequence[Passage]
) -> dict[str, float]:
    """What comes back of passages, from their own latents and from others."""
    device = next(network.parameters()).device
    batch = {name: value.to(device) for name, value in examples(found, sizes).items()}
    mean, log_variance = encoded(network, batch)
    figures = {
        "divergence": float(divergence(mean, log_variance).sum(dim=1).mean()),
        "active_units": float(active_units(mean.double().cpu().numpy())),
    }
    noise = torch.randn(mean.shape, generator=torch.Generator().manual_seed(0)).to(device)
    for name, latent in (("", mean), ("prior_", noise)):
        if isinstance(network, RollCoder):
            logits = network.decode(latent).cpu().numpy()
            pairs = zip(found, logits, strict=True)
            figures[name + "f1"] = float(np.mean([f1(each.notes, read(said, sizes_threshold(sizes)))
                                                  for each, said in pairs]))  # fmt: skip
        else:
            assert isinstance(network, SequenceVae)
            said = network.decode(latent, shifted(batch["music"]), batch["place"])
            right, struck = said.argmax(dim=-1) == batch["music"], batch["music"] != HOLD
            nats = functional.cross_entropy(said.transpose(1, 2), batch["music"], reduction="none")
            figures |= {
                name + "accuracy": float(right.float().mean()), name + "nats": float(nats.mean()),
                name + "accuracy_struck": float(right[struck].float().mean()),
            }  # fmt: skip
    return figures


def sizes_threshold(sizes: SequenceVaeConfig | RollCoderConfig) -> float:
    """Above which a cell sounds."""
    return sizes.threshold if isinstance(sizes, RollCoderConfig) else 0.0


@torch.no_grad()
def _decoded(network: RollCoder, found: Sequence[Passage]) -> np.ndarray:
    device = next(network.parameters()).device
    rolls = examples(found, network.config)["music"].to(device)
    return np.asarray(network.decode(network.encode(rolls)[0]).cpu().numpy())


def best_threshold(logits: np.ndarray, truth: Sequence[Sequence[StepNote]]) -> float:
    """The logit above which most notes are right."""
    levels = (-1.5, -1.0, -0.5, 0.0, 0.5)
    found = {level: np.mean([f1(notes, read(said, level)) for notes, said in zip(truth, logits, strict=True)])
             for level in levels}  # fmt: skip
    return max(found, key=lambda level: found[level])
