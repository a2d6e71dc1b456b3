"""Whether one hears where the windows of a piece were joined."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from leap_models.errors import BadParameter
from leap_models.music.grid import Grid
from leap_models.music.notes import Notes
from leap_models.music.sounding import cosine, note_chroma

SEAM_S = 1.0  # how far to each side of a seam is listened


@dataclass(frozen=True)
class Seams:
    """What happens where a window begins or ends, and halfway between two such places.

    Args:
        border_onsets_per_s, middle_onsets_per_s: within half a second to each side.
        border_change, middle_change: cosine distance, 0..1, of the chroma of a second before and of a second after.
    """

    border_onsets_per_s: float
    middle_onsets_per_s: float
    border_change: float
    middle_change: float


def seams(notes: Notes, grid: Grid, duration_s: float) -> Seams:
    """Compare the places where windows begin or end with the places between them.

    Raises:
        BadParameter: the piece is too short to have a seam.
    """
    starts_s = [grid.start_s(index) for index in range(grid.count(duration_s))]
    edges = {round(edge_s, 6) for start_s in starts_s for edge_s in (start_s, start_s + grid.window_s)}
    borders = sorted(edge_s for edge_s in edges if SEAM_S <= edge_s <= duration_s - SEAM_S)
    if not borders:
        raise BadParameter(f"a piece needs two windows to have a seam, got {duration_s:.2f} s")
    around = [0.0, *borders, duration_s]
    middles = [(a + b) / 2.0 for a, b in pairwise(around) if b - a >= 2.0 * SEAM_S]
    measured = (_onsets_around(notes, borders), _onsets_around(notes, middles))
    return Seams(*measured, _change_at(notes, borders), _change_at(notes, middles))


def _onsets_around(notes: Notes, places_s: list[float]) -> float:
    """Onsets per second within half a second of the places."""
    after_s = np.array([note.start_s for note in notes])[:, None] - np.array(places_s)
    near = (after_s >= -SEAM_S / 2.0) & (after_s < SEAM_S / 2.0)
    return float(near.sum() / max(1, len(places_s)) / SEAM_S)


def _change_at(notes: Notes, places_s: list[float]) -> float:
    """Mean distance between what sounds in the second before and in the second after; of two silences 0."""
    if not places_s:
        return 0.0
    rate = 100
    chroma = note_chroma(notes, rate, int((max(places_s) + SEAM_S) * rate) + 1)
    at = [round(place_s * rate) for place_s in places_s]
    before, after = (
        np.stack([chroma[:, max(0, i + first) : i + first + rate].sum(axis=1) for i in at], axis=1)
        for first in (-rate, 0)
    )
    silent = ~(before.any(axis=0) | after.any(axis=0))
    return float(np.where(silent, 0.0, 1.0 - cosine(before, after)).mean())
