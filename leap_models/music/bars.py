"""Bars of a piece, counted from the bar line at or before its beginning: bar 0 is the first."""

import math
from dataclasses import dataclass

from leap_models.music.notes import Notes
from leap_models.music.tempo import TempoMap

_TINY_BEATS = 1e-3  # what arithmetic with seconds may lose


@dataclass(frozen=True)
class Bars:
    """The bars of a tempo map.

    Attributes:
        origin: the beat of the bar line at or before 0 s.
    """

    tempo: TempoMap

    @property
    def origin(self) -> float:
        """See the class."""
        tempo = self.tempo
        done = math.floor((tempo.beat_at(0.0) - tempo.downbeat + _TINY_BEATS) / tempo.beats_per_bar)
        return tempo.downbeat + done * tempo.beats_per_bar

    def second_at(self, bar: float) -> float:
        """Where a bar begins."""
        return self.tempo.second_at(self.origin + bar * self.tempo.beats_per_bar)

    def count(self, notes: Notes) -> int:
        """How many bars the notes take up, from the first bar on; none without notes."""
        if not notes:
            return 0
        end = self.tempo.beat_at(max(note.end_s for note in notes)) - self.origin
        begin = self.tempo.beat_at(max(note.start_s for note in notes)) - self.origin
        # A note that is held a little over the last bar line does not make another bar, one that begins there does.
        lasts = math.ceil((end - 0.25 - _TINY_BEATS) / self.tempo.beats_per_bar)
        return max(1, lasts, math.floor((begin + 0.125) / self.tempo.beats_per_bar) + 1)
