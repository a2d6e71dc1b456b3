"""A tempo map on the ticks of a MIDI file, whose tempi are whole microseconds and whose tick 0 is second 0."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from leap_models.errors import BadParameter
from leap_models.music.tempo import TempoMap

TICKS_PER_BEAT = 480  # doubled for slow tempi
TOLERANCE_S = 0.001  # how far a bar line of the file may be from the song's
_HALF_TICK_S = 0.0006  # how far a note may be moved to reach a tick
_MOST_TICKS_PER_BEAT = 30_720  # a MIDI file has 15 bits for it
_MOST_TICKS = 10_000_000  # pretty_midi takes a file with more for a corrupt one
_SLOWEST_US = 0xFFFFFF  # microseconds per beat; a MIDI file has 24 bits for it
_FASTEST_BPM = 960.0  # what hosts still take as a tempo
_STRIDE_BEATS = 256  # a whole number of microseconds per beat is near enough for so long


@dataclass(frozen=True)
class TempoChange:
    """From `tick`, which is at `second`, a beat lasts `us_per_beat` microseconds."""

    tick: int
    second: float
    us_per_beat: int


@dataclass(frozen=True)
class FileTempo:
    """The tempo as a file holds it.

    Args:
        per_beat: ticks.
        changes: the first is at tick 0.
        first_bar_beats: length of the first bar; the others are `beats_per_bar` of the tempo map.
    """

    per_beat: int
    changes: tuple[TempoChange, ...]
    first_bar_beats: int

    def tick_at(self, second: float) -> int:
        """The tick nearest to a time; never before tick 0."""
        index = bisect_right(self.changes, second, key=lambda change: change.second) - 1
        change = self.changes[max(index, 0)]
        ticks = (second - change.second) * 1e6 / change.us_per_beat * self.per_beat
        return max(0, change.tick + math.floor(ticks + 0.5))


@dataclass(frozen=True)
class Point:
    """Beat `beat` of the file is to be at `second`."""

    beat: float
    second: float


@dataclass(frozen=True)
class Opening:
    """How the file begins: its bars are those of the song, and beat 0 is at 0 s.

    Args:
        points: the start of the file, and from where on it follows the song.
        shift: a beat of the file less the same beat of the song, from the last point on.
        first_bar_beats: as in `FileTempo`.
    """

    points: tuple[Point, ...]
    shift: float
    first_bar_beats: int


def file_tempo(tempo: TempoMap, end_s: float) -> FileTempo:
    """Put a tempo map on ticks, with as few tempo changes as keep every beat within a millisecond.

    A song rarely begins on a bar line at 0 s. What comes before its first one becomes a bar of its own, whose first
    beats are played faster where they are not all there.

    Args:
        end_s: how far it is needed; beyond, the last tempo goes on.

    Raises:
        BadParameter: a beat is longer than the 16.7 s that a MIDI file can say.
    """
    opening = opening_of(tempo)
    points = _points(tempo, opening, end_s)
    slowest_s = max((b.second - a.second) / (b.beat - a.beat) for a, b in pairwise(points))
    per_beat = TICKS_PER_BEAT
    most = min(_MOST_TICKS_PER_BEAT, _MOST_TICKS / points[-1].beat)
    while slowest_s / per_beat / 2 > _HALF_TICK_S and 2 * per_beat <= most:
        per_beat *= 2
    return FileTempo(per_beat, _changes(_on_ticks(points, per_beat), per_beat), opening.first_bar_beats)


def opening_of(tempo: TempoMap) -> Opening:
    """The beginning of the file of a song with that tempo map."""
    bar, beat_0 = tempo.beats_per_bar, tempo.beat_at(0.0)
    first_bar = tempo.downbeat + bar * math.ceil((beat_0 - tempo.downbeat) / bar - 1e-6)  # its beat, at 0 s or later
    if first_bar - beat_0 <= 1e-6 * bar:
        return Opening((Point(0.0, 0.0),), -first_bar, bar)
    for beats in range(bar, 0, -1):  # of the file, before the first bar line
        for whole in range(min(beats - 1, math.floor(first_bar - beat_0)), -1, -1):  # of them, at the song's tempo
            second = tempo.second_at(first_bar - whole)
            if second * _FASTEST_BPM >= 60.0 * (beats - whole):
                points = (Point(0.0, 0.0), Point(beats - whole, second))
                return Opening(points, beats - first_bar, beats)
    # The bar line is within 63 ms of the beginning: the first beat takes that in.
    return Opening((Point(0.0, 0.0), Point(1.0, tempo.second_at(first_bar + 1))), -first_bar, bar)


def _points(tempo: TempoMap, opening: Opening, end_s: float) -> list[Point]:
    """The anchors, and more between where they are far apart, up to a beat behind `end_s`."""
    points = list(opening.points)
    last_beat = math.ceil(max(tempo.beat_at(end_s) + opening.shift, points[-1].beat)) + 1
    anchors = [beat + opening.shift for _, beat in tempo.anchors]
    begin = points[-1].beat
    for beat in [*(beat for beat in anchors if begin < beat < last_beat), last_beat]:
        parts = math.ceil((beat - points[-1].beat) / _STRIDE_BEATS)
        step = (beat - points[-1].beat) / parts
        between = [beat - step * (parts - part) for part in range(1, parts + 1)]
        points += [Point(each, tempo.second_at(each - opening.shift)) for each in between]
    return points


def _on_ticks(points: Sequence[Point], per_beat: int) -> list[tuple[int, float]]:
    """(tick, second), rising: each point moved along its line to a whole tick."""
    moved = [(0, 0.0)]
    for before, point in pairwise(points):
        tick = round(point.beat * per_beat)
        slope = (point.second - before.second) / (point.beat - before.beat)
        if tick > moved[-1][0]:
            moved.append((tick, point.second + (tick / per_beat - point.beat) * slope))
    return moved


def _changes(points: Sequence[tuple[int, float]], per_beat: int) -> tuple[TempoChange, ...]:
    """Straight lines through the points, each as long as it stays within TOLERANCE_S of all it passes."""
    changes = []
    index, second = 0, 0.0
    while index < len(points) - 1:
        tick = points[index][0]
        low, high, reached, aim = 1, _SLOWEST_US, index, 0
        for other in range(index + 1, len(points)):
            other_tick, other_second = points[other]
            us = 1e6 * per_beat / (other_tick - tick)  # microseconds per beat that move that point by a second
            low = max(low, math.ceil((other_second - TOLERANCE_S - second) * us))
            high = min(high, math.floor((other_second + TOLERANCE_S - second) * us))
            if low > high:
                break
            reached, aim = other, min(max(round((other_second - second) * us), low), high)
        if reached == index:
            raise BadParameter(f"a beat in a MIDI file must be shorter than 16.7 s, the tempo at {second:.3f} s is not")
        changes.append(TempoChange(tick, second, aim))
        second += (points[reached][0] - tick) / per_beat * aim / 1e6
        index = reached
    return tuple(changes)
