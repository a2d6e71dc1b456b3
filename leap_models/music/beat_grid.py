"""A steady grid through tracked beats. It grows as beats come in, and what was laid down is never moved.

Pop music is played to a click, so the grid keeps one tempo as long as the beats bear it out, and takes a round number
of beats per minute where the beats leave room for one: notes that are moved onto it then keep an even rhythm. Beats
may fall on its half beats as well: a tracker that slips to the off-beat, or to twice or half the tempo, does not bend
it.
"""

import math
from dataclasses import replace

import numpy as np

from leap_models.music.beat_line import Line, LineFit, find_line, refine
from leap_models.music.beat_path import Path, joined

FALLBACK_BPM = 120.0
AHEAD_S = 18.0  # how far beyond a stretch of grid the beats must be known

_STRIDE_S = 1.0  # between two looks at the beats ahead
_NEAR_S = 10.0  # what decides whether the line still holds
_HOLDS = 0.55  # share of the beats there that lie on it
_FITS = 0.8  # share that must lie on a new line
_LENGTHS_S = (18.0, 12.0, 8.0)  # in which a new line is looked for, the longest first
_FEWEST = 6  # beats that make a new line
_HEARD_FIRST, _HEARD_LATER = 0.25, 0.45  # mean strength of beats that do; endings fade
_OFF_S = 0.018  # by how much the beats may be beside the line before it is corrected
_LEFT_S = 0.006  # and afterwards
_FAST_S = 60.0 / 140.0  # a beat
_AGREED = 0.85  # share of the beats ahead that go at twice or half the tempo before the grid does
_JOIN_BEATS = 4.0  # over which a correction is spread


class BeatGrid:
    """Anchors that follow the beats.

    Attributes:
        anchors: (second, beat), what is laid down so far; behind the last, `line` goes on.
        line: the tempo of now. At the start, and until beats are found, FALLBACK_BPM.
        until_s: before this nothing will change.
        found: whether it rests on beats yet.
        recounts: how often it went over to twice or half as many beats.
    """

    def __init__(self) -> None:
        self.anchors: list[tuple[float, float]] = []
        self.line = Line(0.0, 0.0, 60.0 / FALLBACK_BPM)
        self.until_s = 0.0
        self.recounts = 0
        self.found = False
        self._behind = Path(*np.zeros((3, 0)))  # beats that the line rests on and that are before until_s

    def advance(self, path: Path, until_s: float) -> None:
        """Lay the grid down up to `until_s`.

        Args:
            path: the beats from `self.until_s` on; AHEAD_S beyond `until_s` if there are so many.
        """
        while self.until_s < until_s:
            if not self.anchors or self.until_s >= self.anchors[-1][0]:
                self._look(path.between(self.until_s, self.until_s + AHEAD_S))
            next_s = min(self.until_s + _STRIDE_S, until_s)
            passed = path.between(self.until_s, next_s)
            self._behind = joined(self._behind, passed.chosen(self.line.holds(passed)))
            self.until_s = next_s

    def known(self, until_s: float) -> tuple[tuple[float, float], ...]:
        """At least two anchors: the grid up to `until_s`, where its last tempo goes on."""
        laid = [anchor for anchor in self.anchors if anchor[0] <= until_s] or self.anchors[:1]
        if not laid:
            return (self.line.second, self.line.beat), (self.line.time_of(1.0), 1.0)
        if len(laid) < len(self.anchors):
            return (*laid, self.anchors[len(laid)])
        beat = max(laid[-1][1] + 1.0, float(math.ceil(self.line.beat_of(until_s))))
        return (*laid, (self.line.time_of(beat), beat))

    def _look(self, ahead: Path) -> None:
        near = ahead.between(self.until_s, self.until_s + _NEAR_S)
        if not self.found or self.line.share(near) < _HOLDS:
            self._change(ahead)
        elif abs(self.line.off_s(near)) > _OFF_S:
            self._correct(near, ahead)
        else:
            self._follow_octave(ahead)

    def _change(self, ahead: Path) -> None:
        """Go over to another line, if there is one."""
        fit = self._search(ahead)
        if fit is None:
            return
        if self.until_s == 0.0:
            first = math.ceil(fit.line.beat_of(0.0) - 1e-6)
            self.line = Line(fit.line.time_of(first), 0.0, fit.line.period_s)
            self.anchors = [(self.line.second, 0.0)]
        else:
            self._join(fit)
        self.found = True

    def _search(self, ahead: Path) -> LineFit | None:
        """The line on which beats lie for long; among equals, the first."""
        loud = _HEARD_LATER if self.found else _HEARD_FIRST
        for length_s in _LENGTHS_S:
            for start_s in ahead.times_s[::2]:
                if start_s > self.until_s + max(AHEAD_S - length_s, 2.0):
                    break
                part = ahead.between(start_s, start_s + length_s)
                if len(part) >= _FEWEST and part.strengths.mean() >= loud:
                    fit = find_line(part)
                    if fit.share >= _FITS:
                        return fit
        return None

    def _join(self, fit: LineFit) -> None:
        """Leave the line of now on its last beat before the other one begins, and reach that one on a beat."""
        old, new = self.line, fit.line
        self._lay_fallback()
        leave = math.ceil(old.beat_of(max(self.until_s, self.anchors[-1][0])) - 1e-6)
        leave = max(leave, math.floor(old.beat_of(fit.start_s - 0.5 * new.period_s)))
        leave_s = old.time_of(leave)
        arrive_s = new.time_of(math.ceil(new.beat_of(max(fit.start_s, leave_s + 0.6 * new.period_s)) - 1e-6))
        arrive = leave + max(1.0, float(round((arrive_s - leave_s) / new.period_s)))
        self._lay(leave_s, leave)
        self._lay(arrive_s, arrive)
        self.line = Line(arrive_s, arrive, new.period_s)
        self._behind = Path(*np.zeros((3, 0)))

    def _correct(self, near: Path, ahead: Path) -> None:
        """Bring the line back to the beats: with all it rested on, or if the tempo has drifted, with those to come."""
        moved = replace(self.line, second=self.line.second + self.line.off_s(near))
        lines = [refine(joined(self._behind, near), self.line).line]
        lines += [fit.line for fit in (refine(ahead, moved), refine(near, moved)) if fit.share >= _FITS]
        close = [line for line in lines if abs(line.off_s(near)) <= _LEFT_S and line.share(near) >= _HOLDS]
        line = close[0] if close else moved
        if line is not lines[0]:
            self._behind = Path(*np.zeros((3, 0)))
        begin = float(math.ceil(self.line.beat_of(max(self.until_s, self.anchors[-1][0])) - 1e-6))
        end = begin + _JOIN_BEATS
        self._lay(self.line.time_of(begin), begin)
        self._lay(line.time_of(end), end)
        self.line = Line(line.time_of(end), end, line.period_s)

    def _follow_octave(self, ahead: Path) -> None:
        """Count twice as many beats if all beats ahead do, or half as many where that is too fast."""
        if len(ahead) < 2 * _FEWEST or ahead.times_s[-1] - self.until_s < AHEAD_S - 2.0:
            return
        ratios = np.diff(ahead.times_s) / self.line.period_s
        for factor in (0.5, 2.0) if self.line.period_s < _FAST_S else (0.5,):
            if np.mean(np.abs(ratios / factor - 1.0) < 0.2) >= _AGREED:
                on = ahead.chosen(self.line.holds(ahead))
                beat = float(self.line.nearest_halves(on)[0])
                beat = math.ceil(beat) if factor < 1.0 else beat
                self._lay(self.line.time_of(beat), beat)
                self.line = Line(self.line.time_of(beat), beat, self.line.period_s * factor)
                self._behind = Path(*np.zeros((3, 0)))
                self.recounts += 1
                return

    def _lay_fallback(self) -> None:
        if not self.anchors:
            self._lay(self.line.second, self.line.beat)

    def _lay(self, second: float, beat: float) -> None:
        if not self.anchors or second > self.anchors[-1][0] + 1e-6:
            self.anchors.append((second, beat))
