"""Teaching score-based generation: denoising score matching, with parts of each passage known and wishes withheld."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from leap_models.diffusion import samplers, schedule
from leap_models.diffusion.denoiser import noised
from leap_models.diffusion.inpainting import filling
from leap_models.diffusion.loss import draw_times, even_times, noise_weight
from leap_models.diffusion.sde import Sde
from leap_models.families.score_sde import TEMPERATURE
from leap_models.families.score_sde.config import ScoreSdeConfig, build, denoiser
from leap_models.families.score_sde.network import CONDITIONS, Wishes
from leap_models.families.score_sde.passage import PITCH, STEPS_PER_BEAT, Reading, Shape, StepNotes, places, read
from leap_models.music.statistics import Excerpt, overlaps
from leap_models.training.passages import Passage, PianoPiece, at_home, held_out, random_passage

SAMPLED, SAMPLER_STEPS = 48, 24  # passages, and steps of the sampler, with which it is found how to read them
USUAL = 256  # passages whose density and register music from nothing may have
SPREADS = (1.0, 1.4, 1.8, 2.2)  # how much further apart densities are wished, as networks follow wishes part of the way
SPARSEST = 0.3  # notes a beat that are wished


@dataclass(frozen=True)
class ScoreSdeTraining:
    """How it is taught.

    Args:
        withheld: how often each of key, density and register is.
        nothing_known: how often the whole passage is missing.
        least_weight, most_weight: of very noisy and of nearly clean examples; 0 leaves the score's own weights.
        validation_passages: how many are looked at.
    """

    withheld: float = 0.3
    nothing_known: float = 0.4
    least_weight: float = 1.0
    most_weight: float = 5.0
    validation_passages: int = 48


class ScoreSdeTask:
    """See `leap_models.training.loop.Task`."""

    def __init__(
        self, config: ScoreSdeConfig, training: ScoreSdeTraining, pieces: Sequence[PianoPiece],
        validation: Sequence[PianoPiece],
    ) -> None:
        self.network = build(config)
        self.config, self.training, self.pieces = config, training, pieces
        self.passages = self._in_key(held_out(validation, config.shape.steps, training.validation_passages))
        self.validation = self._tensors(self.passages, np.random.default_rng(0))

    def batch(self, size: int, rng: np.random.Generator) -> dict[str, Tensor]:
        """Planes, what of them is missing, and what is wished, some of it withheld."""
        drawn = [random_passage(self.pieces, self.config.shape.steps, rng) for _ in range(size)]
        batch = self._tensors(self._in_key(drawn), rng)
        for name in CONDITIONS:
            withheld = torch.from_numpy(rng.random(size) < self.training.withheld)
            batch[name] = torch.where(withheld, torch.full_like(batch[name], -1), batch[name])
        return batch

    def loss(self, network: nn.Module, batch: Mapping[str, Tensor], rng: torch.Generator) -> dict[str, Tensor]:
        """The squared error of what is missing, weighed as that of the score, or less where there is little noise."""
        planes, levels = batch["planes"], self.config.levels
        if self.config.network == "scorenet":
            t = even_times(len(planes), rng, planes.device)
        else:
            t = draw_times(len(planes), rng, planes.device, spread=1.4)
        eps = torch.randn(planes.shape, generator=rng, device=planes.device)
        missing = batch["missing"].expand(planes.shape)
        error = (denoiser(network, wishes_of(batch))(noised(planes, eps, t, levels), t) - planes).square() * missing
        each = error.flatten(1).sum(dim=1) / missing.flatten(1).sum(dim=1).clamp(min=1)
        weight = noise_weight(t, levels, self.training.least_weight, self.training.most_weight or float("inf"))
        return {"loss": (weight * each).mean(), "x0": each.mean()}

    def validate(self, network: nn.Module) -> dict[str, float]:
        """The same loss on fixed passages with fixed noise."""
        rng = torch.Generator().manual_seed(0)
        batch = {name: value.to(next(network.parameters()).device) for name, value in self.validation.items()}
        found = [self.loss(network, batch, rng) for _ in range(4)]
        return {name: float(np.mean([float(each[name].detach()) for each in found])) for name in found[0]}

    def finished(self, network: nn.Module) -> ScoreSdeConfig:
        """The config with what training found out: what is usual, and how samples are read.

        Of all that is tried it is that with which samples, drawn here, are most like the validation passages, by least
        and mean overlapped area.
        """
        usual = self._usual() if self.config.network == "passage" else ()
        tried = [replace(self.config, usual=spread(usual, by)) for by in SPREADS] if usual else [self.config]
        best, _overlap = max((self._best(network, config) for config in tried), key=lambda found: found[1])
        return best

    def _usual(self) -> tuple[tuple[float, float], ...]:
        rng = np.random.default_rng(0)
        drawn = [random_passage(self.pieces, self.config.shape.steps, rng) for _ in range(USUAL)]
        return tuple((each.density, each.register) for each in self._in_key(drawn) if len(each.notes))

    def _in_key(self, passages: Sequence[Passage]) -> list[Passage]:
        """In the keys that the network hears."""
        return [at_home(each) if self.config.one_key else each for each in passages]

    def _best(self, network: nn.Module, config: ScoreSdeConfig) -> tuple[ScoreSdeConfig, float]:
        """With the best way of reading, and how good that is."""
        count = min(SAMPLED, len(self.passages))
        planes = sample(network, config, from_nothing(config, count, seed=0), SAMPLER_STEPS, seed=0)
        shape = self.config.shape
        like = [Excerpt(in_rows(each.notes, shape), shape.steps) for each in self.passages]

        def overlap(reading: Reading) -> float:
            notes = [read(each, shape, reading) for each in planes]
            music = [Excerpt(each, shape.steps) for each in notes if len(each)]
            found = list(overlaps(music, like).values()) if music else [0.0]
            return min(found) + float(np.mean(found))

        best = max(_readings(shape.channels), key=overlap)
        return replace(config, reading=best), overlap(best)

    def _tensors(self, passages: Sequence[Passage], rng: np.random.Generator) -> dict[str, Tensor]:
        shape = self.config.shape
        gaps = [random_gap(shape, self.training.nothing_known, rng) for _ in passages]
        return {
            "planes": torch.from_numpy(np.stack([each.planes(shape) for each in passages])),
            "missing": torch.from_numpy(np.stack(gaps))[:, None],
            "places": torch.from_numpy(np.stack([each.places() for each in passages])),
            "key": torch.tensor([each.key for each in passages]),
            "density": torch.tensor([each.density for each in passages], dtype=torch.float32),
            "register": torch.tensor([each.register for each in passages], dtype=torch.float32),
        }


def wishes_of(batch: Mapping[str, Tensor]) -> Wishes:
    """A batch as the network is told of it."""
    return Wishes(batch["planes"], batch["missing"], batch["places"], *(batch[name] for name in CONDITIONS))


def spread(usual: Sequence[tuple[float, float]], by: float) -> tuple[tuple[float, float], ...]:
    """Densities that much further from their mean, each with its register."""
    middle = float(np.mean([density for density, _register in usual]))
    return tuple(
        (round(max(SPARSEST, middle + by * (density - middle)), 2), round(register, 1)) for density, register in usual
    )


def from_nothing(config: ScoreSdeConfig, count: int, seed: int, beats_per_bar: int = 4) -> Wishes:
    """Nothing known, and nothing wished but what is usual."""
    shape, rng = config.shape, np.random.default_rng(seed)
    density, register = torch.tensor([config.draw_usual(rng) for _ in range(count)]).T
    return Wishes(
        known=torch.zeros((count, *shape.planes)),
        missing=torch.ones((count, 1, shape.rows, shape.steps), dtype=torch.bool),
        places=torch.from_numpy(places(0, shape.steps, beats_per_bar)).expand(count, -1, -1),
        key=torch.full((count,), -1), density=density, register=register,
    )  # fmt: skip


def random_gap(shape: Shape, nothing_known: float, rng: np.random.Generator) -> np.ndarray:
    """bool (rows, steps): all of a passage, its end, its middle, a band of keys, or single cells."""
    missing = np.zeros((shape.rows, shape.steps), dtype=bool)
    if rng.random() < nothing_known:
        return ~missing
    kind, beats = rng.integers(4), shape.steps // STEPS_PER_BEAT
    first, last = sorted(int(beat) * STEPS_PER_BEAT for beat in rng.choice(beats + 1, size=2, replace=False))
    if kind == 0:
        missing[:, first:] = True
    elif kind == 1:
        missing[:, first:last] = True
    elif kind == 2:
        low = int(rng.integers(shape.rows - 8))
        missing[low : low + int(rng.integers(8, shape.rows)), first:last] = True
    else:
        missing = rng.random(missing.shape) < rng.uniform(0.1, 0.9)
    return missing


@torch.no_grad()
def sample(
    network: nn.Module, config: ScoreSdeConfig, wishes: Wishes, steps: int, seed: int, name: str = "multistep"
) -> np.ndarray:
    """(batch, channels, rows, steps) planes; what is known stays."""
    levels, device = config.levels, wishes.known.device
    noise = samplers.gaussian(tuple(wishes.known.shape), seed, device)
    expect = filling(denoiser(network, wishes), wishes.known, wishes.missing)
    times = schedule.times(steps).to(device)
    drawn = samplers.make(name)(expect, levels, Sde(levels).prior(TEMPERATURE * noise), times, lambda: None)
    planes: np.ndarray = drawn.cpu().numpy()
    return planes


def in_rows(notes: StepNotes, shape: Shape) -> StepNotes:
    """The notes that have a row."""
    rows = notes[:, PITCH] - shape.lowest
    found: StepNotes = notes[(rows >= 0) & (rows < shape.rows)]
    return found


def _readings(channels: int) -> list[Reading]:
    """Those that are tried."""
    if channels == 1:
        return [Reading(float(struck)) for struck in np.linspace(0.05, 0.8, 31)]
    return [
        Reading(round(float(struck), 2), again, sounding)
        for struck in np.linspace(-0.7, -0.1, 13) for again in (-0.2, 0.0) for sounding in (-0.8, -0.6, -0.3, 0.0)
    ]  # fmt: skip
