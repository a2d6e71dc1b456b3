"""Windows of a band: two bars of 4/4 as 256 steps. Twelve steps a beat, as cells have, fit into 32 one to one."""

import numpy as np
import numpy.typing as npt

from leap_models.families.continuation.rolls import Planes
from leap_models.families.continuation.symbols import StepNote
from leap_models.music.notes import PITCHES

BARS, BEATS_PER_BAR = 2, 4
BEATS = BARS * BEATS_PER_BAR
COARSE, FINE = 12, 32  # steps of a beat: in cells and notes, and in windows
COARSE_STEPS = BEATS * COARSE
STEPS = BEATS * FINE
FINE_AT = np.floor(np.arange(COARSE_STEPS + 1) * FINE / COARSE + 0.5).astype(np.int64)  # where each coarse step begins
COARSE_AT = np.searchsorted(FINE_AT, np.arange(STEPS), side="right") - 1  # the coarse step that each fine one is in


def of_cells(cells: npt.NDArray[np.bool_], lowest: int) -> Planes:
    """(2, STEPS, 128) of one player's cells (COARSE_STEPS, pitches), or fewer steps.

    Args:
        lowest: MIDI number of the first pitch.
    """
    whole = np.zeros((COARSE_STEPS, PITCHES), dtype=bool)
    whole[: len(cells), lowest : lowest + cells.shape[1]] = cells
    planes = np.zeros((2, STEPS, PITCHES), np.float32)
    planes[0] = whole[COARSE_AT]
    begins = whole & ~np.pad(whole, ((1, 0), (0, 0)))[:-1]
    planes[1, FINE_AT[:-1]] = begins
    return planes


def of_notes(notes: list[StepNote], first: int, drums: bool = False) -> Planes:
    """The same of notes in coarse steps, from step `first` on; a drum is struck for one step."""
    planes = np.zeros((2, STEPS, PITCHES), np.float32)
    for note in notes:
        start, end = note.start - first, (note.start + 1 if drums else note.end) - first
        if start < COARSE_STEPS and end > 0:
            planes[0, FINE_AT[max(0, start)] : FINE_AT[min(end, COARSE_STEPS)], note.pitch] = 1.0
            if start >= 0:
                planes[1, FINE_AT[start], note.pitch] = 1.0
    return planes


def notes_of(planes: npt.NDArray[np.floating], threshold: float, first: int = 0) -> list[StepNote]:
    """The notes of a window, in coarse steps from `first` on: each as it is struck, as long as it sounds."""
    sounds, struck = planes[0, FINE_AT[:-1]] > threshold, planes[1, FINE_AT[:-1]] > threshold
    found = []
    for pitch, start in np.argwhere(struck.T).tolist():
        over = np.nonzero(~sounds[start + 1 :, pitch] | struck[start + 1 :, pitch])[0]
        length = int(over[0]) + 1 if len(over) else COARSE_STEPS - start
        found.append(StepNote(first + start, length, pitch))
    return sorted(found)
