"""Where the beats are, and notes moved onto them."""

import math
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from leap_models.errors import BadParameter
from leap_models.music.notes import Note, Notes

SHORTEST_BEATS = 1 / 8  # a 32nd where a beat is a quarter: no quantized note is shorter
SLOW_BPM = 75.0
BETWEEN = 0.3  # of a step: from there to the middle a note lies between two steps

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class TempoMap:
    """Which beat of a piece is when. Linear between anchors; the first and the last tempo go on for ever.

    Args:
        anchors: (second, beat) pairs, at least two, both strictly rising.
        beats_per_bar: at least 1.
        downbeat: the number of a beat that begins a bar.

    Raises:
        BadParameter: the anchors are fewer than two or do not rise, or a bar has no beats.
    """

    anchors: tuple[tuple[float, float], ...]
    beats_per_bar: int = 4
    downbeat: float = 0.0

    def __post_init__(self) -> None:
        if len(self.anchors) < 2:
            raise BadParameter(f"a tempo map needs at least two anchors, got {len(self.anchors)}")
        values = np.array(self.anchors, dtype=np.float64)
        if not (np.isfinite(values).all() and (np.diff(values, axis=0) > 0.0).all()):
            raise BadParameter("the seconds and the beats of a tempo map's anchors must rise")
        if self.beats_per_bar < 1 or not math.isfinite(self.downbeat):
            raise BadParameter(f"a bar must have at least one beat and a beginning, got {self.beats_per_bar} beats")

    @classmethod
    def steady(cls, bpm: float, beats_per_bar: int = 4, first_s: float = 0.0) -> "TempoMap":
        """One tempo throughout; beat 0, which begins a bar, is at `first_s`.

        Raises:
            BadParameter: the tempo is not positive.
        """
        if not 0.0 < bpm < math.inf:
            raise BadParameter(f"bpm must be more than 0, got {bpm}")
        return cls(((first_s, 0.0), (first_s + 60.0 / bpm, 1.0)), beats_per_bar)

    def beat_at(self, second: float) -> float:
        """The beat, with its fraction, at a time."""
        (second_a, beat_a), (second_b, beat_b) = self._segment(second, 0)
        return beat_a + (second - second_a) * (beat_b - beat_a) / (second_b - second_a)

    def second_at(self, beat: float) -> float:
        """The time of a beat; the inverse of `beat_at`."""
        (second_a, beat_a), (second_b, beat_b) = self._segment(beat, 1)
        return second_a + (beat - beat_a) * (second_b - second_a) / (beat_b - beat_a)

    def beats_at(self, seconds: npt.ArrayLike) -> _Floats:
        """The same for many times at once, of any shape."""
        xs, ys = map(np.array, self._axes)
        return _interpolated(np.asarray(seconds, dtype=np.float64), xs, ys)

    def seconds_at(self, beats: npt.ArrayLike) -> _Floats:
        """The same for many beats at once, of any shape."""
        ys, xs = map(np.array, self._axes)
        return _interpolated(np.asarray(beats, dtype=np.float64), xs, ys)

    def bpm_at(self, second: float) -> float:
        """Beats per minute at a time; on an anchor, those after it."""
        (second_a, beat_a), (second_b, beat_b) = self._segment(second, 0)
        return 60.0 * (beat_b - beat_a) / (second_b - second_a)

    def shifted(self, by_s: float) -> "TempoMap":
        """The same beats, all later by `by_s` seconds."""
        anchors = tuple((second + by_s, beat) for second, beat in self.anchors)
        return TempoMap(anchors, self.beats_per_bar, self.downbeat)

    @cached_property
    def _axes(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """The seconds and the beats of the anchors."""
        return tuple(second for second, _ in self.anchors), tuple(beat for _, beat in self.anchors)

    def _segment(self, value: float, axis: int) -> tuple[tuple[float, float], tuple[float, float]]:
        index = bisect_right(self._axes[axis], value)
        index = min(max(index, 1), len(self.anchors) - 1)
        return self.anchors[index - 1], self.anchors[index]


def quantize(notes: Iterable[Note], tempo: TempoMap, strength: float, steps_per_beat: int = 4) -> Notes:
    """Move onsets towards the nearest step of the beat; see `Quantizer`."""
    quantizer = Quantizer(strength, steps_per_beat)
    return quantizer.push(sorted(notes), tempo, until_s=0.0) + quantizer.finish()


@dataclass
class _Placed:
    """A note whose place in beats is found."""

    note: Note
    start: float
    end: float
    written_end: float  # where it ended before
    given: bool = False


@dataclass
class Quantizer:
    """Moves onsets towards the nearest step of the beat, as notes arrive.

    A note keeps its length, but lasts at least a 32nd. Where two notes of one key would come to overlap, the earlier
    ends when the later begins; where they would begin together, the later comes a 32nd later. No onset is moved to
    before 0 s.

    Args:
        strength: 0 leaves the notes as they are, 1 moves them all the way.
        steps_per_beat: 4 for sixteenths where a beat is a quarter. Where beats are slower than SLOW_BPM, and so may be
            counted in twos, a note well between two steps goes to the middle of them.

    Raises:
        BadParameter: strength outside 0..1, or no steps.
    """

    strength: float
    steps_per_beat: int = 4
    until_s: float = field(default=0.0, init=False)  # every note that begins before has been given out
    _held: list[_Placed] = field(default_factory=list, init=False)
    _last: dict[tuple[int, int], _Placed] = field(default_factory=dict, init=False)  # by track and pitch
    _tempo: TempoMap | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        if not 0.0 <= self.strength <= 1.0:
            raise BadParameter(f"strength must be from 0 to 1, got {self.strength}")
        if self.steps_per_beat < 1:
            raise BadParameter(f"steps_per_beat must be at least 1, got {self.steps_per_beat}")

    def push(self, notes: Iterable[Note], tempo: TempoMap, until_s: float, clear: bool = True) -> Notes:
        """Take the next notes, in the order of their onsets; give those that can no longer change.

        Args:
            tempo: it may have grown since the last call, but not changed before `until_s`.
            until_s: every note that begins before has been pushed.
            clear: whether the beat is clear where these notes lie; where it is not, they stay.
        """
        if self.strength == 0.0:
            self.until_s = until_s
            return tuple(notes)
        self._tempo = tempo
        for note in notes:
            self._place(note, tempo, clear)
        # Moving to the nearest step keeps the order of onsets, so whatever is still to come begins here or later.
        until = tempo.beat_at(until_s)
        until_beat = min(until, self._moved(until, tempo))
        self.until_s = tempo.second_at(until_beat)
        return self._give(until_beat)

    def finish(self) -> Notes:
        """The rest."""
        return self._give(math.inf)

    def _moved(self, beat: float, tempo: TempoMap) -> float:
        steps = beat * self.steps_per_beat
        nearest: float = math.floor(steps + 0.5)
        if abs(steps - nearest) > BETWEEN and tempo.bpm_at(tempo.second_at(beat)) < SLOW_BPM:
            nearest = math.floor(steps) + 0.5
        return beat + self.strength * (nearest / self.steps_per_beat - beat)

    def _place(self, note: Note, tempo: TempoMap, clear: bool) -> None:
        written, written_end = tempo.beat_at(note.start_s), tempo.beat_at(note.end_s)
        start = self._moved(written, tempo) if clear else written
        if tempo.second_at(start) < 0.0:
            up = math.ceil(written * self.steps_per_beat) / self.steps_per_beat
            start = written + self.strength * (up - written)
        before = self._last.get((note.track, note.pitch))
        if before is not None:
            start = max(start, before.end if before.given else before.start + SHORTEST_BEATS)
            before.end = min(before.end, start)
        placed = _Placed(note, start, start + max(SHORTEST_BEATS, written_end - written), written_end)
        self._last[note.track, note.pitch] = placed
        self._held.append(placed)

    def _give(self, until_beat: float) -> Notes:
        ready = [placed for placed in self._held if placed.start < until_beat]
        self._held = [placed for placed in self._held if placed.start >= until_beat]
        return tuple(sorted(self._final(placed, until_beat) for placed in ready))

    def _final(self, placed: _Placed, until_beat: float) -> Note:
        # A note of this key that is still to come begins at the earliest where this one's old end would be moved to.
        note, tempo = placed.note, self._tempo
        assert tempo is not None  # nothing is held before the first push
        latest_end = max(until_beat, self._moved(placed.written_end, tempo), placed.start + SHORTEST_BEATS)
        placed.end, placed.given = min(placed.end, latest_end), True
        return Note(tempo.second_at(placed.start), tempo.second_at(placed.end), note.pitch, note.velocity, note.track)


def _interpolated(values: _Floats, xs: _Floats, ys: _Floats) -> _Floats:
    index = np.clip(np.searchsorted(xs, values, side="right"), 1, len(xs) - 1)
    slope = (ys[index] - ys[index - 1]) / (xs[index] - xs[index - 1])
    found: _Floats = ys[index - 1] + (values - xs[index - 1]) * slope
    return found
