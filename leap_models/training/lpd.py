"""Phrases of the Lakh Pianoroll Dataset (lpd_5_cleansed), for those who have it, read through the package pypianoroll.

Its five tracks are the band's own, in the same order. Songs whose bars are not of four beats are left out.
"""

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np

from leap_models.errors import BadParameter, MissingDependency
from leap_models.families.musegan.phrase import DRUM_TRACKS, Cells
from leap_models.families.musegan.shape import BandShape
from leap_models.music.players import NAMES
from leap_models.training.collect import LIVELY, OtherMetre, Track, rng_of, some, windows


def files(folder: Path) -> Iterator[Path]:
    """The songs in a folder and all folders in it.

    Raises:
        BadParameter: there are none.
    """
    found = sorted(folder.rglob("*.npz"))
    if not found:
        raise BadParameter(f"{folder} holds no .npz files of lpd_5_cleansed")
    yield from found


def of_file(path: Path, shape: BandShape) -> Cells:
    """The windows of a song that are kept; the same ones each time.

    Raises:
        MissingDependency: pypianoroll is not installed.
        BadParameter, OtherMetre: it cannot be used.
    """
    found = windows(tracks_of(path, shape), shape, LIVELY)
    if not len(found):
        raise BadParameter(f"no {shape.bars} bars in which enough players play")
    return found[some(len(found), rng_of(path.stem))]


def tracks_of(path: Path, shape: BandShape) -> list[Track]:
    """The tracks of a song on cells."""
    song = _load(_package(), path)
    per_beat, coarse = int(song.resolution), int(song.resolution) // shape.steps_per_beat
    if coarse * shape.steps_per_beat != per_beat:
        raise BadParameter(f"it has {per_beat} steps a beat, which {shape.steps_per_beat} do not divide")
    if song.downbeat is not None and len(begins := np.flatnonzero(song.downbeat)) > 1:
        lengths = set(np.diff(begins).tolist())
        if lengths != {per_beat * shape.beats_per_bar}:
            raise OtherMetre(f"the metre must be 4/4, it has bars of {sorted(lengths)} steps")
    found = []
    for track in song.tracks:
        player = NAMES.index(track.name.lower()) if track.name.lower() in NAMES else None
        if player is not None and len(track.pianoroll):
            found.append(Track(player, _cells(np.asarray(track.pianoroll) > 0, coarse, player in DRUM_TRACKS, shape)))
    return found


def _cells(roll: np.ndarray, coarse: int, drums: bool, shape: BandShape) -> Cells:
    """(steps, 128) as (bars, steps, pitches)."""
    if drums:  # strikes alone
        roll = roll & ~np.pad(roll, ((1, 0), (0, 0)))[:-1]
    bars = -(-len(roll) // (coarse * shape.steps))
    whole = np.pad(roll, ((0, bars * coarse * shape.steps - len(roll)), (0, 0)))
    steps = np.asarray(whole.reshape(bars * shape.steps, coarse, -1).any(axis=1))
    cells: Cells = steps[:, shape.lowest : shape.lowest + shape.pitches]
    return cells.reshape(bars, shape.steps, shape.pitches)


def _package() -> ModuleType:
    try:
        import pypianoroll
    except ImportError as error:
        raise MissingDependency("reading lpd needs pypianoroll: pip install pypianoroll") from error
    package: ModuleType = pypianoroll
    return package


def _load(package: ModuleType, path: Path):  # type: ignore[no-untyped-def]  # noqa: ANN202  the package has no types
    try:
        return package.load(path)
    except Exception as error:
        raise BadParameter(f"{path.name} is no file of pypianoroll: {error}") from error
