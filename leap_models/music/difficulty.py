"""How hard a stretch of piano music is: from 1 (first year) to 5 (virtuoso).

Eight features of the notes that begin in the stretch are weighed into one score, and the score becomes a level by
interpolation between `Edges`. Every feature can only grow when a note is added, and so can the score and the level.
Where a feature needs to know the hands, it takes the split into a low and a high part that is kindest to the player.

`reduce`, the way back from a level to notes, lives in `reduction`; it is named here too.

Conventions: times in seconds; a chord is what is struck within 30 ms; "per second" is per second of the stretch.
"""

from bisect import bisect_left
from dataclasses import astuple, dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from leap_models.errors import BadParameter
from leap_models.music.notes import Notes
from leap_models.music.reduction import HIGHEST, LOWEST, reduce
from leap_models.music.tempo import TempoMap
from leap_models.music.voices import CHORD_S

__all__ = ["EDGES", "HIGHEST", "LEVELS", "LOWEST", "Edges", "Features", "features", "measure", "reduce", "score"]

LEVELS = tuple(float(level) for level in range(LOWEST, HIGHEST + 1))
LEAP_S = 0.5  # a hand that must go further than LEAP semitones within this time leaps
LEAP = 12
SPLITS = (48, 52, 56, 60, 64, 68, 72)  # MIDI numbers tried as the border between the hands
OFFBEAT = 0.36  # off-beat weight per note of POP909's arrangements, for music whose beat is not known
QUANTILES = (0.1, 0.3, 0.5, 0.7, 0.9)  # of the scores of the training windows: levels 1, 2, 3, 4, 5

_MAJOR = np.array([1, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 1], np.float64)
_OUTSIDE = 1.0 - np.stack([np.roll(_MAJOR, key) for key in range(12)])  # (12 keys, 12 pitch classes)

_Floats = npt.NDArray[np.float64]
_Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Features:
    """What makes a stretch of music hard. None of them falls when a note is added.

    Args:
        notes_per_s: all keys struck.
        hand_per_s: keys struck by the busier hand.
        chord_per_s: for every note the others struck with it, at most four.
        reach: semitones that a hand must span at once, in the widest chords.
        leaps_per_s: notes after which the same hand is needed more than an octave away within half a second.
        repeats_per_s: how fast one key is struck again, at the fastest places.
        accidentals_per_s: notes outside the major or natural minor key that fits best.
        offbeat_per_s: notes weighed by their place: 0 on a beat, 0.5 halfway, 1 elsewhere.
    """

    notes_per_s: float = 0.0
    hand_per_s: float = 0.0
    chord_per_s: float = 0.0
    reach: float = 0.0
    leaps_per_s: float = 0.0
    repeats_per_s: float = 0.0
    accidentals_per_s: float = 0.0
    offbeat_per_s: float = 0.0


_SCALE = np.array(astuple(Features(2.0, 2.0, 2.0, 7.0, 1.0, 2.0, 0.5, 1.5)))  # a feature of this size counts ln 2
_WEIGHT = np.array(astuple(Features(1.0, 1.0, 0.6, 0.4, 0.5, 0.3, 0.2, 0.4)))


@dataclass(frozen=True)
class Edges:
    """The scores at which levels 1, 2, 3, 4 and 5 lie; between them a level is interpolated.

    Raises:
        BadParameter: not five rising numbers.
    """

    scores: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.scores) != HIGHEST or any(b <= a for a, b in pairwise(self.scores)):
            raise BadParameter(f"edges must be {HIGHEST} rising scores, got {self.scores}")

    @classmethod
    def of(cls, scores: npt.ArrayLike) -> "Edges":
        """The edges of a collection of windows: the `QUANTILES` of their scores."""
        return cls(tuple(float(edge) for edge in np.quantile(np.asarray(scores, np.float64), QUANTILES)))

    def level(self, score: float) -> float:
        """From 1.0 to 5.0."""
        return float(np.interp(score, self.scores, LEVELS))


# Of 30 songs of POP909, melody, bridge and piano together, as they are and reduced to levels 1, 2, 3 and 4.
EDGES = Edges((1.67, 2.49, 3.37, 4.21, 5.14))


def measure(notes: Notes, start_s: float, end_s: float, edges: Edges = EDGES, tempo: TempoMap | None = None) -> float:
    """The level, 1.0 to 5.0, of the notes that begin in start_s..end_s. Silence is level 1.

    Raises:
        BadParameter: the stretch is empty.
    """
    return edges.level(score(features(notes, start_s, end_s, tempo)))


def score(found: Features) -> float:
    """One number, 0 for silence, that grows with each feature."""
    return float(_WEIGHT @ np.log1p(np.array(astuple(found)) / _SCALE))


def features(notes: Notes, start_s: float, end_s: float, tempo: TempoMap | None = None) -> Features:
    """What makes the notes that begin in start_s..end_s hard.

    Args:
        notes: sorted by time, of one piano; their tracks are not looked at.
        tempo: without it, notes are taken to be off the beat as often as in POP909.

    Raises:
        BadParameter: the stretch is empty.
    """
    if not end_s > start_s:
        raise BadParameter(f"a stretch must end after it starts, got {start_s} to {end_s}")
    first = bisect_left(notes, start_s, key=lambda note: note.start_s)
    heard = notes[first : bisect_left(notes, end_s, key=lambda note: note.start_s)]
    if not heard:
        return Features()
    onset_s = np.array([note.start_s for note in heard])
    pitch = np.array([note.pitch for note in heard])
    place = 1 + int((end_s - start_s) / 5.0)  # of peaks the second, third, ... largest: one slip makes nothing hard
    high = np.searchsorted(onset_s, onset_s + CHORD_S + 1e-9, side="right")
    low = np.searchsorted(onset_s, onset_s - CHORD_S - 1e-9)
    counts = {
        "notes_per_s": float(len(heard)),
        "hand_per_s": float(min(_busier(pitch, split) for split in SPLITS)),
        "chord_per_s": float(np.minimum(high - low - 1, 4).sum()),
        "leaps_per_s": _leaps(onset_s, pitch),
        "accidentals_per_s": float((_OUTSIDE @ np.bincount(pitch % 12, minlength=12)).min()),
        "offbeat_per_s": _offbeat(onset_s, tempo),
    }
    rates = {name: count / (end_s - start_s) for name, count in counts.items()}
    return Features(**rates, reach=_reach(pitch, high, place), repeats_per_s=_repeats(onset_s, pitch, place))


def _busier(pitch: _Ints, split: int) -> int:
    above = int((pitch >= split).sum())
    return max(above, len(pitch) - above)


def _reach(pitch: _Ints, high: _Ints, place: int) -> float:
    """Semitones of the `place`-th widest hand position, each chord split where it is kindest."""
    spans = [_kindest_span(pitch[i:j]) for i, j in enumerate(high) if j - i > 1]
    return float(sorted(spans, reverse=True)[place - 1]) if len(spans) >= place else 0.0


def _kindest_span(chord: _Ints) -> int:
    keys: list[int] = sorted(chord.tolist())
    return min(max(keys[i - 1] - keys[0], keys[-1] - keys[i]) for i in range(1, len(keys)))


def _leaps(onset_s: _Floats, pitch: _Ints) -> float:
    """How many notes are followed by a leap, at the kindest of the splits."""
    ahead = int((np.searchsorted(onset_s, onset_s + LEAP_S, side="right") - np.arange(len(pitch))).max())
    far = np.zeros((len(SPLITS), len(pitch)), bool)
    above = pitch >= np.array(SPLITS)[:, None]
    for step in range(1, ahead):
        gap_s = onset_s[step:] - onset_s[:-step]
        wide = (abs(pitch[step:] - pitch[:-step]) > LEAP) & (gap_s > CHORD_S) & (gap_s <= LEAP_S)
        far[:, :-step] |= wide & (above[:, step:] == above[:, :-step])
    return float(far.sum(axis=1).min())


def _repeats(onset_s: _Floats, pitch: _Ints, place: int) -> float:
    """Strikes per second of the `place`-th fastest repetition of one key; at most 20."""
    order = np.lexsort((onset_s, pitch))
    same = np.diff(pitch[order]) == 0
    gaps = np.sort(np.diff(onset_s[order])[same])
    return float(1.0 / max(gaps[place - 1], 0.05)) if len(gaps) >= place else 0.0


def _offbeat(onset_s: _Floats, tempo: TempoMap | None) -> float:
    if tempo is None:
        return OFFBEAT * len(onset_s)
    sixteenth = np.round(4.0 * tempo.beats_at(onset_s)).astype(np.int64) % 4
    return float(np.array([0.0, 1.0, 0.5, 1.0])[sixteenth].sum())
