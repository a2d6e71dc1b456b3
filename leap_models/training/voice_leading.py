"""How four voices move: parallel fifths and octaves, voices out of their range, voices that cross."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from leap_models.families.continuation.symbols import Symbols, sounding
from leap_models.families.continuation.writing import FIFTH, HIGHEST, LOWEST, OCTAVE, UNISON
from leap_models.music.notes import PITCHES


@dataclass(frozen=True)
class VoiceLeading:
    """Counts over pieces.

    Args:
        fifths, octaves: that two voices move into in parallel.
        moves: of two voices that both change.
        outside: notes out of their voice's range. notes: struck.
        crossings: steps on which a voice lies above a higher one. steps: in all.
    """

    fifths: int
    octaves: int
    moves: int
    outside: int
    notes: int
    crossings: int
    steps: int

    @property
    def figures(self) -> dict[str, float]:
        """In a hundred."""
        return {
            "parallel_fifths": 100.0 * self.fifths / max(1, self.moves),
            "parallel_octaves": 100.0 * self.octaves / max(1, self.moves),
            "out_of_range": 100.0 * self.outside / max(1, self.notes),
            "crossing": 100.0 * self.crossings / max(1, self.steps),
        }


def observed(pieces: Sequence[Symbols]) -> VoiceLeading:
    """All pieces (steps, 4), from the soprano down, together."""
    each = [_of(piece) for piece in pieces]
    return VoiceLeading(*(sum(getattr(one, name) for one in each) for name in VoiceLeading.__dataclass_fields__))


def _of(symbols: Symbols) -> VoiceLeading:
    sounds = sounding(symbols)
    fifths = octaves = moves = crossings = 0
    for high, low in combinations(range(symbols.shape[1]), 2):
        both = (sounds[:, high] < PITCHES) & (sounds[:, low] < PITCHES)
        apart = sounds[:, high] - sounds[:, low]
        crossings += int((both & (apart < 0)).sum()) if low == high + 1 else 0
        changed = np.diff(sounds[:, high]).astype(bool) & np.diff(sounds[:, low]).astype(bool)
        changed &= both[1:] & both[:-1]
        moves += int(changed.sum())
        same = changed & (apart[1:] % OCTAVE == apart[:-1] % OCTAVE)
        fifths += int((same & (apart[1:] % OCTAVE == FIFTH)).sum())
        octaves += int((same & (apart[1:] % OCTAVE == UNISON)).sum())
    struck = symbols < PITCHES
    outside = struck & ((symbols < np.array(LOWEST)) | (symbols > np.array(HIGHEST)))
    return VoiceLeading(fifths, octaves, moves, int(outside.sum()), int(struck.sum()), crossings, len(symbols))
