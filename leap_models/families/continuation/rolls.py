"""Step notes as the planes that `RollCoder` sees, and back; and note F1 between two lists of them."""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from leap_models.families.continuation.symbols import StepNote
from leap_models.music.notes import PITCHES

Planes = npt.NDArray[np.float32]  # (2, steps, 128): what sounds, what is struck


def draw(notes: Iterable[StepNote], steps: int, first: int = 0) -> Planes:
    """What sounds and is struck from step `first` on."""
    planes = np.zeros((2, steps, PITCHES), np.float32)
    for note in notes:
        start, end = note.start - first, note.end - first
        if start < steps and end > 0:
            planes[0, max(0, start) : end, note.pitch] = 1.0
            if start >= 0:
                planes[1, start, note.pitch] = 1.0
    return planes


def read(planes: npt.NDArray[np.floating], threshold: float, first: int = 0) -> list[StepNote]:
    """The notes in planes whose step 0 is step `first`, above a threshold.

    A note begins where a key is struck, or begins to sound, and ends where it sounds no more or is struck again.
    """
    sounds = planes[0] > threshold
    before = np.pad(sounds, ((1, 0), (0, 0)))[:-1]
    struck = planes[1] > threshold
    struck &= ~np.pad(struck, ((1, 0), (0, 0)))[:-1]  # of neighbouring strikes the first
    begins = sounds & (struck | ~before)
    found = []
    for pitch, start in np.argwhere(begins.T).tolist():
        ends = np.nonzero(~sounds[start:, pitch] | np.concatenate([[False], begins[start + 1 :, pitch]]))[0]
        length = int(ends[0]) if len(ends) else len(sounds) - start
        found.append(StepNote(first + start, length, pitch))
    return sorted(found)


def f1(truth: Sequence[StepNote], found: Sequence[StepNote]) -> float:
    """Harmonic mean of precision and recall of onsets: the same step and pitch. 1 if both are silent."""
    one, other = ({(note.start, note.pitch) for note in notes} for notes in (truth, found))
    return 1.0 if not one and not other else 2.0 * len(one & other) / (len(one) + len(other))
