"""On which grid each bar of a cover is played: eighths, triplets or sixteenths.

The error of a grid is the root mean square distance of onsets from its nearest steps. A finer grid is always nearer, so
it must be nearer by more than chance: what is compared is the error over that of onsets anywhere.
"""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from leap_models.music.notes import Note, Notes
from leap_models.music.tempo import TempoMap

STEPS = (2, 4, 3)  # a beat: eighths, sixteenths, triplets; of two that are as good the first
CHANCE = 1.0 / np.sqrt(12.0)  # of a step: the error of onsets anywhere
GOOD_BEATS = 0.04  # a grid with a smaller error is good enough, if it is coarser
SHORTEST_BEATS = 1 / 8

Ints = npt.NDArray[np.int64]


def bar_of(second: float, tempo: TempoMap) -> int:
    """Bars from the tempo map's downbeat; onsets a little before a bar line belong behind it."""
    return int(np.floor((tempo.beat_at(second) - tempo.downbeat + 0.1) / tempo.beats_per_bar))


def grids(notes: Notes, tempo: TempoMap) -> dict[int, int]:
    """For each bar with onsets its steps a beat, one of STEPS."""
    bars: dict[int, list[float]] = {}
    for note in notes:
        bars.setdefault(bar_of(note.start_s, tempo), []).append(tempo.beat_at(note.start_s) - tempo.downbeat)
    return {bar: _grid(np.array(beats)) for bar, beats in sorted(bars.items())}


def snapped(notes: Notes, tempo: TempoMap) -> Notes:
    """Onsets on the steps of their bars' grids, with their lengths; of two that meet on a key the louder is left."""
    steps = grids(notes, tempo)
    best: dict[tuple[int, int], Note] = {}
    for note in notes:
        grid = steps[bar_of(note.start_s, tempo)]
        written = tempo.beat_at(note.start_s) - tempo.downbeat
        length = max(SHORTEST_BEATS, tempo.beat_at(note.end_s) - tempo.downbeat - written)
        place = round(written * grid)
        start_s = tempo.second_at(tempo.downbeat + place / grid)
        moved = replace(note, start_s=start_s, end_s=tempo.second_at(tempo.downbeat + place / grid + length))
        key = (place * 12 // grid, note.pitch)
        if start_s >= 0.0 and (key not in best or best[key].velocity < moved.velocity):
            best[key] = moved
    return tuple(sorted(best.values()))


def _grid(beats: npt.NDArray[np.float64]) -> int:
    def error(steps: int) -> float:
        off = beats * steps
        return float(np.sqrt(np.mean((off - np.round(off)) ** 2)))  # in steps

    errors = {steps: error(steps) for steps in STEPS}
    if errors[STEPS[0]] / STEPS[0] < GOOD_BEATS:
        return STEPS[0]
    return min(STEPS, key=lambda steps: errors[steps] / CHANCE)
