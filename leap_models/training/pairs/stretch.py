"""A part of a cover and the part of the song that it plays."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from leap_models.music.notes import Notes

Floats = npt.NDArray[np.float64]

STEP_S = 0.1  # between the points that are kept of a warp


@dataclass(frozen=True, eq=False)
class Stretch:
    """A part of the cover and the part of the song that it plays: rising seconds, at least two."""

    piano_s: Floats
    song_s: Floats

    def holds(self, second: float) -> bool:
        """Whether a time of the cover lies in it."""
        return bool(self.piano_s[0] <= second <= self.piano_s[-1])

    def moved(self, notes: Notes) -> Notes:
        """The notes that begin in it, at the song's times; those that would last no time at all are left out."""
        inside = [note for note in notes if self.holds(note.start_s)]
        starts_s = np.interp([note.start_s for note in inside], self.piano_s, self.song_s)
        ends_s = np.interp([note.end_s for note in inside], self.piano_s, self.song_s)
        columns = zip(inside, starts_s.tolist(), ends_s.tolist(), strict=True)
        return tuple(sorted(
            replace(note, start_s=start_s, end_s=end_s) for note, start_s, end_s in columns if end_s - start_s > 0.02
        ))  # fmt: skip


def on_beats(stretch: Stretch, beats_s: Floats) -> Stretch:
    """The same, fast only at beats: between two of them the cover keeps the rhythm that it was played with.

    Args:
        beats_s: of the song.
    """
    inside = beats_s[(beats_s > stretch.song_s[0] + STEP_S) & (beats_s < stretch.song_s[-1] - STEP_S)]
    song_s = np.concatenate([stretch.song_s[:1], inside, stretch.song_s[-1:]])
    return Stretch(np.interp(song_s, stretch.song_s, stretch.piano_s), song_s)
