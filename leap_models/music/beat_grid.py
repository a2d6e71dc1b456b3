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
STRIDE_S = 1.0  # between two looks at the beats ahead

_NEAR_S = 10.0  # what decides whether the line still holds
_HOLDS = 0.45  # share of the beats there that lie on it
_EVEN = 0.1  # share of their intervals that suit its tempo: of beats at 2/3 of it, all lie on it
_FITS = 0.8  # share that must lie on a new line
_LENGTHS_S = (18.0, 12.0, 8.0)  # in which a new line is looked for, the longest first
_FEWEST = 6  # beats that make a new line
_HEARD = 0.25  # mean strength of beats that say anything
_HEARD_LATER = 0.45  # and of those that make a new line when there is one already; endings fade
_OFF_S = 0.018  # by how much the beats may be beside the line before it is corrected
_LEFT_S = 0.006  # and afterwards
_JOIN_BEATS = 4.0  # over which a correction is spread
_FAST_S = 60.0 / 140.0  # a beat
_AGREED = 0.85  # share of the beats ahead that go at twice or half the tempo before the grid does
_SUDDEN = 0.15  # relative change from a beat to the next that is no gradual change of tempo
_CHANGED = 0.03  # relative change of tempo that is worth following beat by beat
_TRAIL_S = 3.0  # of single beats that are laid down at once
_SAME = 0.06  # relative difference of tempi that are twice or half of each other
_TINY = 1e-6  # what arithmetic may lose


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
        self.found = False
        self.recounts = 0
        self._behind = Path(*np.zeros((2, 0)))  # beats that the line rests on and that are before until_s

    def advance(self, path: Path, until_s: float) -> None:
        """Lay the grid down up to `until_s`.

        Args:
            path: the beats from `self.until_s` on; AHEAD_S beyond `until_s` if there are so many.
        """
        while self.until_s < until_s:
            if not self.anchors or self.until_s >= self.anchors[-1][0]:
                self._look(path.between(self.until_s, self.until_s + AHEAD_S))
            next_s = min(self.until_s + STRIDE_S, until_s)
            passed = path.between(self.until_s, next_s)
            self._behind = joined(self._behind, passed.chosen(self.line.holds(passed)))
            self.until_s = next_s

    def known(self, until_s: float) -> tuple[tuple[float, float], ...]:
        """At least two anchors: the grid up to `until_s`, where its last tempo goes on."""
        anchors = self.anchors or [(self.line.second, self.line.beat)]
        laid = [anchor for anchor in anchors if anchor[0] <= until_s] or anchors[:1]
        if len(laid) < len(anchors):
            return (*laid, anchors[len(laid)])
        beat = max(laid[-1][1] + 1.0, float(math.ceil(self.line.beat_of(until_s))))
        return (*laid, (self.line.time_of(beat), beat))

    def _look(self, ahead: Path) -> None:
        near = ahead.between(self.until_s, self.until_s + _NEAR_S)
        if not self.found:
            self._change(ahead)
        elif not len(near) or near.strengths.mean() < _HEARD:
            return
        elif not self._holds(near):
            self._change(ahead)
        elif abs(self.line.off_s(near)) > _OFF_S:
            self._correct(near, ahead)
        else:
            self._follow_octave(ahead)

    def _holds(self, near: Path) -> bool:
        """Whether beats lie on the line, and not by chance."""
        return self.line.share(near) >= _HOLDS and self.line.evenness(near) >= _EVEN

    def _change(self, ahead: Path) -> None:
        """Go over to another line if there is one, else from beat to beat, as in a ritardando."""
        fit = self._search(ahead)
        if fit is None and self.found:
            self._trail(ahead)
        elif fit is not None and self.until_s == 0.0:
            first = math.ceil(fit.line.beat_of(0.0) - _TINY)
            self._lay(fit.line.time_of(first), 0.0)
            self._go_on(Line(fit.line.time_of(first), 0.0, fit.line.period_s))
            self.found = True
        elif fit is not None:
            self._join(fit)
            self.found = True

    def _search(self, ahead: Path) -> LineFit | None:
        """The line on which beats lie for long; among equals, the first."""
        loud = _HEARD_LATER if self.found else _HEARD
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
        if self.found and abs(new.period_s / old.period_s / 2.0 - 1.0) < _SAME:  # only every other beat is heard now
            new = replace(new, period_s=new.period_s / 2.0)
        if not self.anchors:
            self._lay(old.second, old.beat)
        leave = max(self._next_beat(), float(math.floor(old.beat_of(fit.start_s - 0.5 * new.period_s))))
        leave_s = old.time_of(leave)
        arrive_s = new.time_of(math.ceil(new.beat_of(max(fit.start_s, leave_s + 0.6 * new.period_s)) - _TINY))
        arrive = leave + max(1.0, float(round((arrive_s - leave_s) / new.period_s)))
        self._lay(leave_s, leave)
        self._lay(arrive_s, arrive)
        self._go_on(Line(arrive_s, arrive, new.period_s))

    def _trail(self, ahead: Path) -> None:
        """Lay down the next beats as they were played, if they are clear and the tempo changes little by little."""
        from_s = max(self.until_s, self.anchors[-1][0])
        beats = ahead.between(from_s + 0.3 * self.line.period_s, from_s + AHEAD_S)
        lengths_s = np.diff(beats.times_s[: _FEWEST + 1])
        if len(lengths_s) < _FEWEST or beats.strengths[:_FEWEST].mean() < _HEARD_LATER:
            return
        ratio = float(np.median(lengths_s)) / self.line.period_s
        if np.abs(np.diff(np.log(lengths_s))).max() > _SUDDEN or abs(ratio - 1.0) < _CHANGED:
            return
        left = self.line.beat_of(from_s)
        number = float(max(round(self.line.beat_of(beats.times_s[0])), math.floor(left + _TINY) + 1))
        self._lay(from_s, left)
        last = max(1, int(np.sum(beats.times_s[:_FEWEST] < from_s + _TRAIL_S)) - 1)
        for place in range(last + 1):
            self._lay(float(beats.times_s[place]), number + place)
        self._go_on(Line(float(beats.times_s[last]), number + last, float(lengths_s[last])))

    def _correct(self, near: Path, ahead: Path) -> None:
        """Bring the line back to the beats: with all it rested on, or if the tempo has drifted, with those to come."""
        moved = replace(self.line, second=self.line.second + self.line.off_s(near))
        lines = [refine(joined(self._behind, near), self.line).line]
        lines += [fit.line for fit in (refine(ahead, moved), refine(near, moved)) if fit.share >= _FITS]
        close = [line for line in lines if abs(line.off_s(near)) <= _LEFT_S and line.share(near) >= _HOLDS]
        line = close[0] if close else moved
        begin, behind = self._next_beat(), self._behind
        end = begin + _JOIN_BEATS
        self._lay(self.line.time_of(begin), begin)
        self._lay(line.time_of(end), end)
        self._go_on(Line(line.time_of(end), end, line.period_s))
        if line is lines[0]:
            self._behind = behind

    def _follow_octave(self, ahead: Path) -> None:
        """Count twice as many beats if all beats ahead do, or half as many where that is too fast."""
        if len(ahead) < 2 * _FEWEST or ahead.times_s[-1] - self.until_s < AHEAD_S - 2.0:
            return
        ratios = np.diff(ahead.times_s) / self.line.period_s
        for factor in (0.5, 2.0) if self.line.period_s < _FAST_S else (0.5,):
            if np.mean(np.abs(ratios / factor - 1.0) < 0.2) >= _AGREED:
                beat = self._next_beat()
                places = self.line.nearest_halves(ahead) - beat
                if factor == 2.0 and np.mean(places % 2.0 == 1.0) > np.mean(places % 2.0 == 0.0):
                    beat += 1.0
                self._lay(self.line.time_of(beat), beat)
                self._go_on(Line(self.line.time_of(beat), beat, self.line.period_s * factor))
                self.recounts += 1
                return

    def _next_beat(self) -> float:
        """The first beat of the line of now that may still be moved."""
        return float(math.ceil(self.line.beat_of(max(self.until_s, self.anchors[-1][0])) - _TINY))

    def _go_on(self, line: Line) -> None:
        self.line = line
        self._behind = Path(*np.zeros((2, 0)))

    def _lay(self, second: float, beat: float) -> None:
        if not self.anchors or second > self.anchors[-1][0] + _TINY:
            self.anchors.append((second, beat))
