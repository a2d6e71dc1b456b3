"""Many songs arranged in one go, each once: the work of `leap-bridge catalogue`, wherever it is done."""

import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from leap_models import pipeline, registry
from leap_models.errors import FileMissing, LeapError, OutOfMemory
from leap_models.interface import Model, Request
from leap_models.music import midi
from leap_models.music.audio import SUFFIXES
from leap_models.paths import atomic, made

SUFFIX = ".piano.mid"


@dataclass(frozen=True)
class Order:
    """A song, where its arrangement goes, and how it is made."""

    song: Path
    target: Path
    request: Request
    device: str
    weights: Path
    force: bool = False  # make it anew if it is there


@dataclass(frozen=True)
class Arranged:
    """What came of a song.

    Args:
        error: why nothing did; "" if all went well.
    """

    song: str
    path: str
    notes: int
    duration_s: float
    seconds: float
    error: str = ""


def songs(where: Path) -> list[Path]:
    """The recordings of a folder and the folders in it, or those that a text file names, one a line.

    Raises:
        FileMissing: there is no such folder or list.
    """
    if where.is_dir():
        return sorted(path for path in where.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    if not where.is_file():
        raise FileMissing(f"there is no folder or list {where}")
    lines = (line.strip() for line in where.read_text(encoding="utf-8-sig").splitlines())
    return [where.parent / line for line in lines if line and not line.startswith("#")]


def targets(found: list[Path], where: Path, out: Path) -> list[Path]:
    """Where arrangements go: as the songs lie in their folder, or all in one; of equal names the second gets a 2."""
    root = where if where.is_dir() else None
    taken: dict[Path, int] = {}
    chosen = []
    for path in found:
        place = out / path.relative_to(root) if root else out / path.name
        plain = place.with_name(place.stem + SUFFIX)
        taken[plain] = taken.get(plain, 0) + 1
        chosen.append(plain if taken[plain] == 1 else place.with_name(f"{place.stem}-{taken[plain]}{SUFFIX}"))
    return chosen


def arrange(order: Order) -> Arranged:
    """Arrange one song; what is wrong with it is told, not raised.

    Raises:
        UnwritableOutput: the disk is full or read-only.
    """
    began_s = time.perf_counter()
    if order.target.exists() and not order.force:  # by a worker that died before he could say so
        there = midi.read(order.target).notes
        return Arranged(str(order.song), str(order.target), len(there), max((n.end_s for n in there), default=0.0), 0.0)
    try:
        piece = pipeline.open_piece(order.song)
        result = pipeline.run(_model(order.request.model, order.device, order.weights), piece, order.request)
    except OutOfMemory:
        raise
    except LeapError as error:
        return Arranged(str(order.song), "", 0, 0.0, time.perf_counter() - began_s, f"{error.code}: {error}")
    made(order.target.parent)
    with atomic(order.target) as path:
        midi.write(path, result.notes, result.tempo, pedals=result.pedals)
    seconds = time.perf_counter() - began_s
    return Arranged(str(order.song), str(order.target), len(result.notes), result.duration_s, seconds)


@lru_cache(maxsize=1)
def _model(name: str, device: str, weights: Path) -> Model:
    """Loaded once in a process."""
    return registry.load(name, device, weights)
