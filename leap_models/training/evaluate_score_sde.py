"""`leap-bridge evaluate score_sde`: is new music like the data, and is it new? Each sampler beside what it costs.

Everything is compared with the same held-out passages, all of them moved to C major or A minor by the key of their
piece; what networks make that know all keys, by the key that its notes are in. Beside the samplers stand other held-out
passages, training passages whose bars were shuffled, and the same network untrained.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from leap_models import checkpoint
from leap_models.config import from_dict
from leap_models.diffusion import samplers, schedule
from leap_models.diffusion.samplers import Settings
from leap_models.diffusion.sde import END, Sde
from leap_models.families.score_sde import TEMPERATURE
from leap_models.families.score_sde.config import ScoreSdeConfig, build, denoiser
from leap_models.families.score_sde.passage import LENGTH, PITCH, STEPS_PER_BEAT, StepNotes, off_steps, read
from leap_models.music import metrics
from leap_models.music.keys import key_of, number_of
from leap_models.music.statistics import Excerpt, groove_consistency, nearest, overlaps, scale_consistency
from leap_models.music.tempo import TempoMap
from leap_models.paths import atomic
from leap_models.training import passages
from leap_models.training.passages import Passage, PianoPiece
from leap_models.training.score_sde import from_nothing
from leap_models.training.table import markdown

BEATS_PER_BAR = 4  # what is compared is in four, so that bars are bars
WHITE = number_of("C")
NEIGHBOURS = 4000  # training passages in which copies are looked for
REFERENCE = 256  # held-out passages that everything is compared with


@dataclass(frozen=True)
class Way:
    """A sampler with its number of steps."""

    sampler: str
    steps: int
    temperature: float = TEMPERATURE

    @property
    def name(self) -> str:
        """As in the table."""
        unusual = "" if self.temperature == TEMPERATURE else f", temperature {self.temperature:g}"
        return f"{self.sampler} {self.steps}{unusual}"


WAYS = (
    Way("multistep", 8), Way("multistep", 12), Way("multistep", 24), Way("multistep", 24, 1.0), Way("euler", 24),
    Way("euler", 50), Way("heun", 12), Way("heun", 25), Way("ode", 1), Way("ancestral", 100),
    Way("euler_maruyama", 500), Way("predictor_corrector", 250),
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """Figures of one set of passages.

    Args:
        calls: of the network for a batch; 0 for what no network made.
        seconds: for one passage.
        overlap: the least overlapped area of all distributions.
        nearest: mean distance to the nearest training passage; near 0 are copies.
    """

    name: str
    calls: int
    seconds: float
    overlap: float
    pitch_class: float
    inter_onset: float
    duration: float
    density: float
    polyphony: float
    scale: float
    groove: float
    rgc: float
    nearest: float


@dataclass(frozen=True)
class Made:
    """What a sampler made."""

    music: list[Excerpt]
    calls: int
    seconds: float


def measured(
    prepared: Path, weights: Path, count: int, ways: Sequence[Way] = WAYS, neighbours: int = NEIGHBOURS
) -> list[Row]:
    """Every way of sampling, and what stands beside it.

    Args:
        prepared: folder of `prepare score_sde`.
        weights: a checkpoint folder.
        count: passages in each set.
        neighbours: training passages in which copies are looked for.
    """
    found = checkpoint.load(weights)
    config = from_dict(ScoreSdeConfig, found.card.config)
    network, untrained = build(config).eval(), build(config).eval()
    checkpoint.fill(network, found.part("network"), weights)
    train = _in_four(passages.load(prepared, "train"))
    unseen = passages.held_out(_in_four(passages.load(prepared, "test")), _steps(config), REFERENCE + count)
    test = [_excerpt(each) for each in unseen]
    apart = np.linspace(0, len(test) - 1, min(count, len(test) // 2)).astype(int).tolist()
    other, one = [test[at] for at in apart], [each for at, each in enumerate(test) if at not in set(apart)]
    rng = np.random.default_rng(0)
    cut = [passages.random_passage(train, _steps(config), rng) for _ in range(max(neighbours, count))]
    copies = np.stack([_excerpt(each).onsets() for each in cut])
    rows = [
        _row("held-out", Made(other, 0, 0.0), one, copies),
        _row("shuffled bars", Made([shuffled(_excerpt(each), rng) for each in cut[:count]], 0, 0.0), one, copies),
        _row("untrained", made(untrained, config, Way("multistep", 20), count), one, copies),
    ]
    return rows + [_row(way.name, made(network, config, way, count), one, copies) for way in ways]


@torch.no_grad()
def made(network: nn.Module, config: ScoreSdeConfig, way: Way, count: int, seed: int = 0) -> Made:
    """So many passages from nothing."""
    shape, levels, device = config.shape, config.levels, torch.device("cpu")
    noise = samplers.gaussian((count, *shape.planes), seed, device)
    wishes = from_nothing(config, count, seed, BEATS_PER_BAR)
    end = 0.0 if way.sampler in samplers.TO_ZERO else END
    began_s = time.perf_counter()
    drawn = samplers.draw(
        way.sampler, denoiser(network, wishes), levels, Sde(levels).prior(way.temperature * noise),
        schedule.times(way.steps, end=end),
        Settings(seed, tolerance=1e-3),
    )
    seconds = (time.perf_counter() - began_s) / count
    notes = [read(planes, shape, config.reading) for planes in drawn.x.numpy()]
    music = [Passage(each, 0, shape.steps, BEATS_PER_BAR, WHITE if config.one_key else _key(each)) for each in notes]
    return Made([_excerpt(each) for each in music], drawn.calls, seconds)


def shuffled(excerpt: Excerpt, rng: np.random.Generator) -> Excerpt:
    """The same bars in another order."""
    order = rng.permutation(excerpt.bars)
    notes = excerpt.notes[excerpt.notes[:, 0] < excerpt.bars * excerpt.steps_per_bar].copy()
    bar, place = np.divmod(notes[:, 0], excerpt.steps_per_bar)
    notes[:, 0] = order[bar] * excerpt.steps_per_bar + place
    return Excerpt(notes, excerpt.steps, excerpt.steps_per_bar)


def report(rows: Sequence[Row]) -> str:
    """The rows as a table for people."""
    head = [name.replace("_", " ") for name in Row.__dataclass_fields__]
    lines = [[_shown(value) for value in asdict(row).values()] for row in rows]
    return markdown(head, lines)


def draw_costs(rows: Sequence[Row], picture: Path) -> None:
    """Quality against calls of the network, as a picture."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), layout="constrained")
    FigureCanvasAgg(figure)
    axis = figure.add_subplot(xscale="log", xlabel="calls of the network", ylabel="least overlapped area")
    for row in rows:
        if row.calls and row.name != "untrained":
            axis.plot(row.calls, row.overlap, "o")
            axis.annotate(row.name, (row.calls, row.overlap), fontsize=7, xytext=(3, 3), textcoords="offset points")
    axis.axhline(rows[0].overlap, color="#888888", linewidth=0.8, label="held-out against itself")
    axis.legend()
    figure.savefig(picture, dpi=100, format="png")


def write(rows: Sequence[Row], out: Path) -> dict[str, object]:
    """Table and picture beside `out`; gives what goes into it."""
    with atomic(out.with_suffix(".md")) as path:
        path.write_text(report(rows), encoding="utf-8")
    with atomic(out.with_suffix(".png")) as path:
        draw_costs(rows, path)
    return {"summary": {row.name: asdict(row) for row in rows}}


def _row(name: str, found: Made, reference: Sequence[Excerpt], copies: np.ndarray) -> Row:
    music = [each for each in found.music if len(each.notes)] or [Excerpt(np.zeros((1, 4), np.int64), 128)]
    overlap = overlaps(music, reference)
    return Row(
        name=name, calls=found.calls, seconds=found.seconds, overlap=min(overlap.values()), **overlap,
        scale=_mean([scale_consistency(each) for each in music]),
        groove=_mean([groove_consistency(each) for each in music]),
        rgc=_mean([metrics.rgc(off_steps(each.notes, TempoMap.steady(120.0), 0.0)) for each in music]),
        nearest=_mean([nearest(each, copies) for each in music]),
    )  # fmt: skip


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))


def _steps(config: ScoreSdeConfig) -> int:
    return config.shape.steps


def _in_four(pieces: Sequence[PianoPiece]) -> list[PianoPiece]:
    return [piece for piece in pieces if piece.beats_per_bar == BEATS_PER_BAR]


def _excerpt(passage: Passage) -> Excerpt:
    return Excerpt(passages.at_home(passage).notes, passage.steps, STEPS_PER_BEAT * BEATS_PER_BAR)


def _key(notes: StepNotes) -> int:
    return key_of(np.bincount(notes[:, PITCH] % 12, notes[:, LENGTH], minlength=12).astype(np.float64))


def _shown(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)
