"""Piano pieces on sixteenths, prepared from POP909, OpenScore Lieder and, for those who have it, MAESTRO."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from leap_models.errors import BadParameter, UserError
from leap_models.families.score_sde.passage import on_steps
from leap_models.music.bars import Bars
from leap_models.music.keys import key_of, pitch_classes
from leap_models.music.notes import Notes
from leap_models.music.tempo import TempoMap
from leap_models.paths import atomic, made
from leap_models.training import lieder, pop909
from leap_models.training.examples import tempo_of
from leap_models.training.maestro import SPLITS, Maestro, Performance

FOLDER = "passages"  # within the folder of prepared data
FEWEST_NOTES = 32  # of a piece


@dataclass(frozen=True)
class Score:
    """Notes and the bars they lie in."""

    notes: Notes
    tempo: TempoMap


@dataclass(frozen=True)
class Source:
    """A piece that can be read."""

    name: str
    split: str
    read: Callable[[], Score]


def prepare(data: Path, out: Path, maestro: str) -> Iterator[str]:
    """Write every piece; yields a line for each.

    Args:
        data: folder with `POP909` and `pop909_cl`, with `lieder`, or with both.
        maestro: a zip or a folder; "" is none.

    Raises:
        BadParameter: there are no data.
    """
    sources = [*_pop909(data), *_lieder(data), *(_maestro(Path(maestro)) if maestro else ())]
    if not sources:
        raise BadParameter(f"{data} holds neither POP909 (with pop909_cl) nor lieder, and --maestro names nothing")
    folder = made(out / FOLDER)
    for source in sources:
        path = folder / f"{source.name}.npz"
        try:
            if not path.exists():
                write(path, source.read(), source.split)
            yield f"{path.name} is ready"
        except UserError as error:
            yield f"skipped: {source.name}: {error}"


def write(path: Path, score: Score, split: str) -> None:
    """Write a piece as `passages.load` reads it.

    Raises:
        BadParameter: it has too few notes.
    """
    if len(score.notes) < FEWEST_NOTES:
        raise BadParameter(f"a piece must have {FEWEST_NOTES} notes, got {len(score.notes)}")
    steps = on_steps(score.notes, score.tempo, Bars(score.tempo).origin)
    arrays = {
        "notes": steps.astype(np.int32), "beats_per_bar": np.array(score.tempo.beats_per_bar),
        "key": np.array(key_of(pitch_classes(score.notes))), "split": np.array(split),
    }
    with atomic(path) as unfinished, unfinished.open("wb") as stream:
        np.savez_compressed(stream, allow_pickle=False, **arrays)


def _pop909(data: Path) -> Iterator[Source]:
    if (data / "POP909").is_dir():
        for name in pop909.names(data):
            yield Source(f"pop909-{name}", pop909.split(name), partial(_read_pop909, data, name))


def _read_pop909(data: Path, name: str) -> Score:
    song = pop909.load(data, name)
    return Score(song.arrangement, tempo_of(song))


def _lieder(data: Path) -> Iterator[Source]:
    for path in lieder.paths(data / "lieder"):
        yield Source(f"lieder-{path.stem}", lieder.split(path.stem), partial(_read_lied, path))


def _read_lied(path: Path) -> Score:
    song = lieder.load(path)
    return Score(song.notes, song.tempo)


def _maestro(place: Path) -> Iterator[Source]:
    """Its performances follow no written beat; their sixteenths are an eighth of a second."""
    performances = Maestro(place)
    for split in SPLITS:
        for each in performances.performances(split):
            name = f"maestro-{Path(each.midi_filename).stem}"
            yield Source(name, split, partial(_read_performance, performances, each))


def _read_performance(performances: Maestro, performance: Performance) -> Score:
    return Score(performances.notes(performance).notes, TempoMap.steady(120.0))
