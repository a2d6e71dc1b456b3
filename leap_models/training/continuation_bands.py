"""Bands as windows, and as pairs of windows that follow each other, in C major or A minor.

`prepare musegan` keeps some of a song's phrases, a bar or more apart. Those that overlap are put together again here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from leap_models.errors import BadParameter
from leap_models.families.continuation.rolls import Planes
from leap_models.families.continuation.windows import BARS, of_cells
from leap_models.families.musegan.phrase import Cells
from leap_models.families.musegan.shape import BandShape
from leap_models.music.players import NAMES, PIANO
from leap_models.paths import atomic, made
from leap_models.training import musegan_data

FOLDER = "continuation/bands"  # within the folder of prepared data
SHAPE = BandShape()


@dataclass(frozen=True, eq=False)
class Stretch:
    """Bars of a song that follow each other: a bit for each cell of (bars, steps, pitches, tracks)."""

    packed: np.ndarray
    bars: int

    def window(self, player: int, bar: int) -> Cells:
        """(steps, pitches) of one player from a bar on."""
        cells = np.unpackbits(self.packed[bar : bar + BARS, player], axis=-1, count=SHAPE.steps * SHAPE.pitches)
        return cells.astype(bool).reshape(-1, SHAPE.pitches)


@dataclass(frozen=True)
class Place:
    """A window: the number of its stretch, and its first bar."""

    stretch: int
    bar: int


class Songs:
    """Stretches of many songs, and where in them who plays."""

    def __init__(self, stretches: Sequence[Stretch]) -> None:
        self.stretches = list(stretches)
        self.places: list[list[Place]] = [[] for _ in NAMES]  # windows in which a player plays
        self.pairs: list[list[Place]] = [[] for _ in NAMES]  # of which he plays the next window too, and the piano
        for number, stretch in enumerate(self.stretches):
            self._look(number, stretch)

    def planes(self, player: int, place: Place) -> Planes:
        """A window as a coder sees it."""
        return of_cells(self.stretches[place.stretch].window(player, place.bar), SHAPE.lowest)

    def _look(self, number: int, stretch: Stretch) -> None:
        played = np.asarray(stretch.packed.max(axis=-1) > 0)  # (bars, tracks)
        last = stretch.bars - BARS
        plays = np.array([played[bar : bar + BARS].any(axis=0) for bar in range(last + 1)])
        for bar in range(last + 1):
            for player in np.nonzero(plays[bar])[0].tolist():
                self.places[player].append(Place(number, bar))
                follows = bar + BARS <= last and plays[bar + BARS, player] and plays[bar + BARS, PIANO]
                if follows:
                    self.pairs[player].append(Place(number, bar))


def prepare(folder: Path) -> Iterator[str]:
    """Write the stretches of each split of what `prepare musegan` made in a folder; yields a line for each."""
    if not (folder / musegan_data.FOLDER).is_dir():
        yield f"skipped: bands: {folder} has none; leap-bridge prepare musegan makes them"
        return
    for split in musegan_data.SPLITS:
        path = made(folder / FOLDER) / f"{split}.npz"
        stretches = gathered(folder, split)
        bits = [np.zeros((0, len(NAMES), -(-SHAPE.steps * SHAPE.pitches // 8)), np.uint8)]
        with atomic(path) as unfinished, unfinished.open("wb") as stream:
            np.savez_compressed(
                stream, allow_pickle=False, bars=np.array([each.bars for each in stretches], dtype=np.int64),
                packed=np.concatenate(bits + [each.packed for each in stretches]),
            )  # fmt: skip
        yield f"{split} bands are ready: {len(stretches)} stretches"


def load(folder: Path, split: str) -> Songs:
    """The prepared bands of a split.

    Raises:
        BadParameter: there are none.
    """
    path = folder / FOLDER / f"{split}.npz"
    if not path.exists():
        raise BadParameter(f"{folder} has no {split} bands: run leap-bridge prepare musegan, then prepare continuation")
    with np.load(path, allow_pickle=False) as arrays:
        bars, bits = arrays["bars"].tolist(), arrays["packed"]
    ends = np.cumsum(bars).tolist()
    return Songs([Stretch(bits[end - count : end], count) for end, count in zip(ends, bars, strict=True)])


def gathered(folder: Path, split: str) -> list[Stretch]:
    """All stretches of a split of what `prepare musegan` made, every song moved to C major or A minor.

    Raises:
        BadParameter: they are of another shape.
    """
    found: list[Stretch] = []
    for path in sorted((folder / musegan_data.FOLDER).glob("*.npz")):
        with np.load(path, allow_pickle=False) as arrays:
            wanted = str(arrays["split"]) == split if "split" in arrays else split == "train"
        if wanted:
            phrases = musegan_data.load(path)
            if phrases.shape[1:] != SHAPE.planes:
                raise BadParameter(f"phrases must be {SHAPE.planes}, got {phrases.shape[1:]} in {path}")
            found += [packed(bars) for bars in joined(musegan_data.at_home(phrases))]
    return found


def joined(phrases: Cells) -> Iterator[Cells]:
    """Phrases (phrases, bars, ...), in a song's order, as longer ones: (more bars, ...) wherever one overlaps the next.

    A player who is silent in one of two phrases that share bars was only not busy enough there, and plays.
    """
    whole: Cells | None = None
    for phrase in phrases:
        by = None if whole is None else overlap(whole, phrase)
        if whole is None or by is None:
            if whole is not None:
                yield whole
            whole = phrase.copy()
        else:
            whole[len(whole) - len(phrase) + by :] |= phrase[: len(phrase) - by]
            whole = np.concatenate([whole, phrase[len(phrase) - by :]])
    if whole is not None:
        yield whole


def overlap(whole: Cells, phrase: Cells) -> int | None:
    """By how many bars a phrase reaches beyond the end of music that it goes on from; None if it does not."""
    for by in range(1, len(phrase)):
        one, other = whole[-len(phrase) + by :], phrase[: len(phrase) - by]
        both = one.any(axis=(0, 1, 2)) & other.any(axis=(0, 1, 2))
        if both.sum() >= 2 and bool((one[..., both] == other[..., both]).all()):
            return by
    return None


def packed(bars: Cells) -> Stretch:
    """Bars (bars, steps, pitches, tracks) in little memory."""
    flat = bars.transpose(0, 3, 1, 2).reshape(len(bars), len(NAMES), -1)
    return Stretch(np.packbits(flat, axis=-1), len(bars))
