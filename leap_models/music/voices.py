"""Which notes of an arrangement are its tune: the line a listener hears on top."""

from bisect import bisect_left, bisect_right
from collections import defaultdict

import numpy as np

from leap_models.music.notes import Note, Notes

CHORD_S = 0.030  # notes struck within this time are one chord
SAME_S = 0.050  # notes of one pitch struck within this time are the same note
_AROUND = 16  # notes to each side that say where the line lies
_BELOW = 10  # semitones below them at which a note is no longer part of the line


def top_line(notes: Notes) -> Notes:
    """The highest note of each chord, unless a higher one still sounds or it lies far below its neighbours.

    Args:
        notes: sorted by time.
    """
    line: list[Note] = []
    chord_s = -np.inf
    for note in notes:
        if note.start_s - chord_s <= CHORD_S:
            if line and line[-1].start_s >= chord_s and note.pitch > line[-1].pitch:
                line[-1] = note
            elif line and line[-1].start_s < chord_s and not _covered(note, line[-1]):
                line.append(note)
            continue
        chord_s = note.start_s
        if not line or not _covered(note, line[-1]):
            line.append(note)
    return _level(line)


def _covered(note: Note, higher: Note) -> bool:
    return higher.pitch > note.pitch and higher.end_s > note.start_s + SAME_S


def _level(line: list[Note]) -> Notes:
    """The line without the notes far below the median of those around them."""
    if not line:
        return ()
    pitch = np.pad(np.array([note.pitch for note in line], np.float64), _AROUND, mode="edge")
    middle = np.median(np.lib.stride_tricks.sliding_window_view(pitch, 2 * _AROUND + 1), axis=1)
    return tuple(note for note, usual in zip(line, middle.tolist(), strict=True) if note.pitch >= usual - _BELOW)


def without(notes: Notes, line: Notes) -> Notes:
    """The notes that are not in the line; one of the same pitch struck within 50 ms is the same note."""
    struck_s: dict[int, list[float]] = defaultdict(list)
    for note in line:
        struck_s[note.pitch].append(note.start_s)

    def is_in_line(note: Note) -> bool:
        times_s = struck_s.get(note.pitch, [])
        return bisect_left(times_s, note.start_s - SAME_S) < bisect_right(times_s, note.start_s + SAME_S)

    return tuple(note for note in notes if not is_in_line(note))
