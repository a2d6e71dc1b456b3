"""Rolls and notes as the cases of LEAP Studio's golden vectors write them; see `music_answers`."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from music_answers import Json

GRID = (800, 100, 96, 48)  # a small one
STEADY = [[[0.0, 0.0], [0.5, 1.0]], 4, 0.0]  # 120 beats a minute
LEVELS = (1.0, 1.5, 2.0, 3.0, 3.7, 4.0, 5.0)


class Drawing:
    """A roll that is drawn by hand: `planes` are (rows, frames) whole thousandths."""

    def __init__(self, frames: int) -> None:
        self.frames = frames
        self.planes: dict[str, dict[int, np.ndarray]] = {"sounding": {}, "onset": {}, "velocity": {}}

    def row(self, plane: str, row: int) -> np.ndarray:
        return self.planes[plane].setdefault(row, np.zeros(self.frames, np.int64))

    def note(
        self, row: int, first: int, end: int, loud: int = 600, sure: int = 950, peak: Sequence[int] = (1000,)
    ) -> "Drawing":
        """A note; `peak` is centred on its first frame."""
        self.row("sounding", row)[first:end] = sure
        self.row("velocity", row)[first:end] = loud
        for frame, value in enumerate(peak, start=first - len(peak) // 2):
            if 0 <= frame < self.frames:
                self.row("onset", row)[frame] = value
        return self

    def written(self, first: int = 0, end: int | None = None) -> Json:
        """The frames from `first` to `end` as a case has them."""
        kept = {
            name: {
                str(row): _runs(values[first:end]) for row, values in sorted(rows.items()) if values[first:end].any()
            }
            for name, rows in self.planes.items()
        }
        return [len(range(self.frames)[first:end]), kept]

    def pieces(self, *lengths: int) -> Json:
        """Cut into pieces of these lengths, and the rest."""
        borders = [0, *np.cumsum(lengths).tolist(), self.frames]
        return [self.written(a, b) for a, b in pairwise(borders)]


def _runs(values: np.ndarray) -> list[int]:
    borders = [0, *(np.flatnonzero(np.diff(values)) + 1).tolist(), len(values)]
    return [number for a, b in pairwise(borders) for number in (int(values[a]), b - a)]


def notes(
    *notes: tuple[float, float, int] | tuple[float, float, int, int] | tuple[float, float, int, int, int],
) -> Json:
    """Start, end, pitch, and perhaps velocity and track."""
    return [
        [*map(float, each[:2]), each[2], each[3] if len(each) > 3 else 80, each[4] if len(each) > 4 else 0]
        for each in notes
    ]
